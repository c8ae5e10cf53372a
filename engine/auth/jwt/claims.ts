import { Invalid } from '../../../shared/invalid.ts'
import type { MountView } from '../../api/call.ts'
import type { Login } from '../../api/login.ts'
import { displayName } from '../display-name.ts'
import type { Role } from './roles.ts'
import type { Claims } from './signature.ts'

/** A claim by name, or by JSON pointer if it begins with a slash. RFC 6901. */
export function claimOf(claims: Claims, name: string): unknown {
  if (!name.startsWith('/')) return own(claims, name)
  let value: unknown = claims
  for (const part of name.slice(1).split('/'))
    value = own(value, part.replaceAll('~1', '/').replaceAll('~0', '~'))
  return value
}

/**
 * The login that the claims of a verified token stand for.
 * @throws {Invalid} if a required claim is missing or has the wrong type
 */
export function loginOf(claims: Claims, role: Role, mount: MountView): Login {
  const user = role.userClaimJsonPointer
    ? claimOf(claims, role.userClaim)
    : own(claims, role.userClaim)
  const named = JSON.stringify(role.userClaim)
  if (user === undefined || user === null) throw new Invalid(`claim ${named} not found in token`)
  if (typeof user !== 'string' || user === '')
    throw new Invalid(`claim ${named} could not be converted to string`)
  const metadata = { ...mapped(claims, role), role: role.name }
  return {
    alias: { name: user, metadata },
    groups: groupsOf(claims, role),
    displayName: displayName(mount, user),
    metadata,
    token: role.token,
  }
}

/** @throws {Invalid} if a claim has none of the values that the role requires */
export function requireBound(claims: Claims, { boundClaims, boundClaimsType }: Role): void {
  const fits =
    boundClaimsType === 'glob'
      ? (wanted: unknown, found: unknown) =>
          typeof wanted === 'string' && typeof found === 'string' && matches(wanted, found)
      : (wanted: unknown, found: unknown) => wanted === found
  for (const [name, wanted] of Object.entries(boundClaims)) {
    const found = claimOf(claims, name)
    if (found === undefined || found === null)
      throw new Invalid(`claim ${JSON.stringify(name)} is missing`)
    if (![wanted].flat().some(value => [found].flat().some(each => fits(value, each))))
      throw new Invalid(
        `claim ${JSON.stringify(name)} does not match any associated bound claim values`,
      )
  }
}

/** Whether a text matches a pattern with `*` as a wildcard, without backtracking. */
export function matches(pattern: string, text: string): boolean {
  const [head = '', ...parts] = pattern.split('*')
  const tail = parts.pop()
  if (tail === undefined) return pattern === text
  if (!text.startsWith(head) || !text.endsWith(tail) || text.length < head.length + tail.length)
    return false
  let rest = text.slice(head.length, text.length - tail.length)
  for (const part of parts) {
    const at = rest.indexOf(part)
    if (at < 0) return false
    rest = rest.slice(at + part.length)
  }
  return true
}

function groupsOf(claims: Claims, { groupsClaim }: Role): readonly string[] | undefined {
  if (groupsClaim === '') return undefined
  const named = JSON.stringify(groupsClaim)
  const found = claimOf(claims, groupsClaim)
  if (found === undefined || found === null) throw new Invalid(`${named} claim not found in token`)
  return [found].flat().flatMap(group => {
    if (typeof group === 'string') return group === '' ? [] : [group]
    throw new Invalid(`${named} claim could not be converted to string list`)
  })
}

function mapped(claims: Claims, { claimMappings }: Role): Record<string, string> {
  const metadata: Record<string, string> = {}
  for (const [claim, name] of Object.entries(claimMappings)) {
    const value = claimOf(claims, claim)
    if (value === undefined || value === null) continue
    if (typeof value !== 'string') throw new Invalid(`error converting claim '${claim}' to string`)
    metadata[name] = value
  }
  return metadata
}

const own = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined
