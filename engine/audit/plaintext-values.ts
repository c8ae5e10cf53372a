import { isOtpShaped } from '../../shared/otp.ts'
import { holdsToken } from './redact.ts'
import type { RequestContext } from './request-context.ts'

/** The longest text that is shown. */
const LONGEST = 256

/**
 * Which values are shown in plain: those that the endpoint declares as plain, unless they look like a password or a token; and
 * those that the operator has named for the mount.
 */
export function plaintextRule({ endpoint }: RequestContext, named: readonly string[] = []) {
  return (key: string, value: unknown): boolean =>
    named.includes(key) ||
    (endpoint !== undefined && isPlain(endpoint, key) && [value].flat().every(isHarmless))
}

const isPlain = (
  { fields, plainReplyKeys }: NonNullable<RequestContext['endpoint']>,
  key: string,
) => plainReplyKeys.includes(key) || (Object.hasOwn(fields, key) && fields[key]?.plain === true)

const isHarmless = (value: unknown) =>
  typeof value === 'string' &&
  value.length <= LONGEST &&
  !isOtpShaped(value.trim()) &&
  !holdsToken(value)
