import { Invalid } from '../../../shared/invalid.ts'
import type { Role } from './roles.ts'
import type { Claims } from './signature.ts'

/** Seconds: the default leeway for missing times in a token, and the default clock skew. */
const LEEWAY = 150
const SKEW = 60

/**
 * Checks issuer, subject, audience and validity of a token whose signature was verified.
 * @throws {Invalid} with the reason
 */
export function validate(
  claims: Claims,
  { role, issuer, now }: { readonly role: Role; readonly issuer: string; readonly now: Date },
): void {
  requireTime(claims, role, now.getTime() / 1000)
  if (issuer !== '' && claims.iss !== issuer) throw new Invalid('invalid issuer (iss) claim')
  if (role.boundSubject !== '' && claims.sub !== role.boundSubject)
    throw new Invalid('invalid subject (sub) claim')
  if (role.boundAudiences.length === 0) return
  const audiences = audiencesOf(claims)
  if (!role.boundAudiences.some(each => audiences.includes(each)))
    throw new Invalid(
      'invalid audience (aud) claim: audience claim does not match any expected audience',
    )
}

/** The audiences of a token. RFC 7519 §4.1.3. */
export const audiencesOf = ({ aud }: Claims): readonly unknown[] =>
  aud === undefined || aud === null ? [] : [aud].flat()

function requireTime(claims: Claims, role: Role, now: number): void {
  const [exp, nbf, iat] = [timeIn(claims, 'exp'), timeIn(claims, 'nbf'), timeIn(claims, 'iat')]
  if (exp === undefined && nbf === undefined && iat === undefined)
    throw new Invalid(
      'no issued at (iat), not before (nbf), or expiration time (exp) claims in token',
    )
  const skew = leeway(role.clockSkewLeeway, SKEW)
  const latest = Math.max(nbf ?? 0, iat ?? 0)
  const end = exp ?? latest + leeway(role.expirationLeeway, LEEWAY)
  const begin = nbf ?? iat ?? end - leeway(role.notBeforeLeeway, LEEWAY)
  if (now + skew < begin) throw new Invalid('invalid not before (nbf) claim: token not yet valid')
  if (now - skew >= end) throw new Invalid('invalid expiration time (exp) claim: token is expired')
  if (iat !== undefined && now + skew < iat)
    throw new Invalid('invalid issued at (iat) claim: token issued in the future')
}

const leeway = (given: number, usual: number) => (given === 0 ? usual : Math.max(given, 0))

function timeIn(claims: Claims, name: 'exp' | 'nbf' | 'iat'): number | undefined {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined
  if (value === undefined) return undefined
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw new Invalid(`the ${name} claim is not a time`)
}
