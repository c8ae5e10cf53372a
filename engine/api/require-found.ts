import { ApiError } from './errors.ts'

/** Returns what was found. @throws {ApiError} missing, if nothing was */
export function requireFound<T>(found: T | undefined): T {
  if (found === undefined) throw new ApiError('missing')
  return found
}

/** Returns a list that is not empty. An empty one is a 404, as in Vault. Contract §1.5. @throws {ApiError} missing */
export function requireAny<T>(found: readonly T[]): readonly T[] {
  if (found.length === 0) throw new ApiError('missing')
  return found
}
