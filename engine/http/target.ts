import { ApiError } from '../api/errors.ts'
import { checkQuery } from './data.ts'

/** What the first line of a request asks for. */
export interface Target {
  /** Decoded, without `/v1/` in front. */
  readonly path: string
  readonly query: URLSearchParams
}

const ROOT = '/v1/'
/** A target with scheme and host in front, as it is sent to a proxy. */
const ABSOLUTE = /^https?:\/\/[^/?#]*/i
/** What Go's unicode.IsPrint refuses. */
const NOT_PRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u

/**
 * Reads a request's target. Empty segments are dropped, so `ssh//creds/x` is `ssh/creds/x`.
 * @throws {ApiError} missing: not below `/v1/`; invalid: not a sane path. Contract §1.1.
 */
export function parseTarget(raw: string): Target {
  const target = raw.replace(ABSOLUTE, '')
  const mark = target.indexOf('?')
  const whole = decode(mark < 0 ? target : target.slice(0, mark)).replace(/\/{2,}/g, '/')
  if (NOT_PRINTABLE.test(whole)) throw new ApiError('invalid')
  if (!whole.startsWith(ROOT)) throw new ApiError('missing')
  const path = whole.slice(ROOT.length)
  if (path.split('/').some(segment => segment === '.' || segment === '..'))
    throw new ApiError('invalid', 'relative paths not supported')
  const query = new URLSearchParams(mark < 0 ? '' : target.slice(mark))
  checkQuery(query)
  return { path, query }
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch (cause) {
    throw new ApiError('invalid', '', { cause })
  }
}
