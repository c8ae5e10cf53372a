import { ApiError } from '../../api/errors.ts'
import { parseAs } from '../../api/invalid-as.ts'
import { parseShare } from '../../seal/share.ts'

/** A share as a request brings it. @throws {ApiError} invalid; `missing` is what is said where there is none */
export function readShare(
  text: string,
  missing = "'key' must be specified in request body as JSON",
): Buffer {
  if (text === '') throw new ApiError('invalid', missing)
  return parseAs('', () => parseShare(text))
}
