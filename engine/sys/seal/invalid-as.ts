import { Invalid } from '../../../shared/invalid.ts'
import { ApiError } from '../../api/errors.ts'

/** Turns what is wrong with numbers of shares into an answer that begins with `what`. */
export const asInvalid =
  (what: string) =>
  (error: unknown): never => {
    if (!(error instanceof Invalid)) throw error
    throw new ApiError('invalid', `${what}: ${error.message}`, { cause: error })
  }
