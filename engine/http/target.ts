import { ApiError } from '../api/errors.ts'
import { requireNoRelative, withoutEmptySegments } from '../api/path-form.ts'
import { checkQuery } from './data.ts'

/** The target of a request line. */
export interface Target {
  /** Decoded, without `/v1/` in front. */
  readonly path: string
  readonly query: URLSearchParams
}

const ROOT = '/v1/'
/** A target as most are: nothing to decode, to drop or to refuse in it, and no query. */
const PLAIN = /^\/v1(?:\/[\w-]+)+\/?$/
const NO_QUERY = new URLSearchParams()
/** A target in absolute form, as sent to proxies. */
const ABSOLUTE = /^https?:\/\/[^/?#]*/i

/** A target as it was sent, without scheme and host. */
export const originForm = (raw: string): string => raw.replace(ABSOLUTE, '')

/**
 * Reads a request's target. Empty segments are dropped, so `ssh//creds/x` is `ssh/creds/x`.
 * @throws {ApiError} missing: not below `/v1/`; invalid: malformed path. Contract §1.1.
 */
export function parseTarget(raw: string): Target {
  if (PLAIN.test(raw)) return { path: raw.slice(ROOT.length), query: NO_QUERY }
  const target = originForm(raw)
  const mark = target.indexOf('?')
  const whole = withoutEmptySegments(decode(mark < 0 ? target : target.slice(0, mark)))
  if (!whole.startsWith(ROOT)) throw new ApiError('missing')
  const path = whole.slice(ROOT.length)
  requireNoRelative(path)
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
