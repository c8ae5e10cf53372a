import { ApiError } from './errors.ts'

/** What a path names. @throws {ApiError} missing, if there is none */
export function requireFound<T>(found: T | undefined): T {
  if (found === undefined) throw new ApiError('missing')
  return found
}

/** What a list answers with: an empty one is answered as one that is not there. Contract §1.5. @throws {ApiError} missing */
export function requireAny<T>(found: readonly T[]): readonly T[] {
  if (found.length === 0) throw new ApiError('missing')
  return found
}
