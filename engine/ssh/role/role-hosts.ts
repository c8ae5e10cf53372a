import { fitsGlob } from '../../../shared/glob.ts'
import { shown } from '../../../shared/printable.ts'
import { splitList } from '../../../shared/split-list.ts'
import { ApiError } from '../../api/errors.ts'
import type { Host } from '../host/hosts.ts'
import type { OtpRole, Role } from './role.ts'

/** Patterns in a role's list. */
const MOST = 100

const PATTERN = /^[\w.*-]{1,253}$/

/** @throws {ApiError} invalid, if a role cannot have such a list of patterns */
export function requirePatterns(field: string, text: string): void {
  const patterns = splitList(text)
  if (patterns.length > MOST)
    throw new ApiError('invalid', `${field} has more than ${MOST} patterns`)
  const wrong = patterns.find(pattern => !PATTERN.test(pattern))
  if (wrong !== undefined)
    throw new ApiError('invalid', `${field}: ${shown(wrong)} is not a name, or one with "*" in it`)
}

/** Whether a role issues passwords for a host, by its name or one of its groups. */
export function coversHost(role: Role, { name, groups }: Host): boolean {
  if (role.keyType !== 'otp') return false
  const fits = (patterns: string, text: string) =>
    splitList(patterns).some(pattern => fitsGlob(pattern, text))
  return fits(role.hosts ?? '', name) || groups.some(group => fits(role.hostGroups ?? '', group))
}

/** The host that a password can be issued for. @throws {ApiError} invalid, if it could not redeem it */
export function requireCoveredHost(
  role: Role,
  name: string,
  host: Host | undefined,
): { readonly role: OtpRole; readonly target: Host } {
  if (role.keyType !== 'otp')
    throw new ApiError(
      'invalid',
      `host is for roles of type otp, and this one is of type ${role.keyType}: send ip`,
    )
  const target = host && coversHost(role, host) ? host : undefined
  if (target?.publicKey !== undefined && !target.disabled) return { role, target }
  throw new ApiError('invalid', `Error validating host: ${reason(name, target)}`)
}

function reason(name: string, host: Host | undefined): string {
  if (!host) return 'host does not belong to role'
  return `host ${shown(name)} is ${host.disabled ? 'disabled' : 'not enrolled'}`
}
