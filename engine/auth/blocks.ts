import { Invalid } from '../../shared/invalid.ts'
import { ApiError } from '../api/errors.ts'
import { parseBound } from '../token/bound-cidrs.ts'

/**
 * Blocks of addresses; a lone address is a block of itself.
 * @throws {ApiError} invalid
 */
export function blocks(given: readonly string[]): readonly string[] {
  try {
    return given.map(text => parseBound(text).text)
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    throw new ApiError('invalid', error.message, { cause: error })
  }
}
