import { ApiError } from '../../api/errors.ts'
import { parseAs } from '../../api/invalid-as.ts'
import { parseShare } from '../../seal/share.ts'

/** Parses the share in a request. @throws {ApiError} invalid; with the message `missing` if it is empty */
export function readShare(
  text: string,
  missing = "'key' must be specified in request body as JSON",
): Buffer {
  if (text === '') throw new ApiError('invalid', missing)
  return parseAs('', () => parseShare(text))
}
