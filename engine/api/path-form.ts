import { ApiError } from './errors.ts'

/** Characters that are not printable by Go's unicode.IsPrint. */
const NOT_PRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u

/** A path without empty segments: `ssh//creds/x` is `ssh/creds/x`. @throws {ApiError} invalid, for characters that no path has */
export function withoutEmptySegments(path: string): string {
  if (NOT_PRINTABLE.test(path)) throw new ApiError('invalid')
  return path.replace(/\/{2,}/g, '/')
}

/** @throws {ApiError} invalid, for a path with a segment that is `.` or `..` */
export function requireNoRelative(path: string): void {
  if (path.split('/').some(segment => segment === '.' || segment === '..'))
    throw new ApiError('invalid', 'relative paths not supported')
}
