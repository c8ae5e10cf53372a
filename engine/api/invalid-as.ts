import { Invalid } from '../../shared/invalid.ts'
import { ApiError } from './errors.ts'

/** An error handler that rethrows {@link Invalid} as {@link ApiError} invalid, with `before` as a prefix, and any other error as it is. */
export const invalidAs =
  (before = '') =>
  (error: unknown): never => {
    if (!(error instanceof Invalid)) throw error
    throw new ApiError('invalid', before + error.message, { cause: error })
  }

/** Returns what `parse` returns. @throws {ApiError} invalid, with `before` as a prefix, if it throws {@link Invalid} */
export function parseAs<T>(before: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    return invalidAs(before)(error)
  }
}
