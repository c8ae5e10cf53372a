import { Invalid } from '../../shared/invalid.ts'
import { ApiError } from './errors.ts'

/** Answers 400 with `before` and the reason to what was refused as {@link Invalid}; throws every other error as it is. */
export const invalidAs =
  (before = '') =>
  (error: unknown): never => {
    if (!(error instanceof Invalid)) throw error
    throw new ApiError('invalid', before + error.message, { cause: error })
  }

/** What `parse` returns. @throws {ApiError} invalid, with `before` and the reason, where it throws {@link Invalid} */
export function parseAs<T>(before: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    return invalidAs(before)(error)
  }
}
