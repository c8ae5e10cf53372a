import { type IpAddress, parseAddress } from '../../../shared/address.ts'
import { isControlled, shown } from '../../../shared/printable.ts'
import { splitList } from '../../../shared/split-list.ts'
import type { Call } from '../../api/call.ts'
import { ApiError } from '../../api/errors.ts'
import { findHost } from '../host/hosts.ts'
import type { OtpRole, Role } from './role.ts'
import { addressesOf, requireCovered } from './role-addresses.ts'
import { requireCoveredHost } from './role-hosts.ts'
import { withUsers } from './templates.ts'
import { zeroAddressRoles } from './zero-address-roles.ts'

/** A login as it is asked for: on the host of an address, or on an enrolled one. Empty texts are left out. */
export interface WantedLogin {
  readonly ip: string
  readonly host: string
  /** Empty for the default of the role. */
  readonly username: string
}

/** A login on an address that a role allows. */
export interface AddressLogin {
  readonly roleName: string
  readonly username: string
  readonly ip: IpAddress
}

/** What a role allows, with its templates filled in. */
export type AllowedLogin =
  | { readonly role: Role; readonly login: AddressLogin }
  | {
      readonly role: OtpRole
      readonly roleName: string
      readonly username: string
      readonly host: string
    }

/**
 * Requires that a role allows a login. The order of the checks is a promise. Contract §2.4.
 * @throws {ApiError} invalid, for the first rule that refuses it
 */
export async function allowedLogin(
  stored: Role,
  { roleName, ip, host, username: wanted }: WantedLogin & { readonly roleName: string },
  call: Call,
): Promise<AllowedLogin> {
  const role = stored.keyType === 'ca' ? stored : await withUsers(stored, call)
  const username = allowedUsername(role, wanted)
  if (host !== '') {
    const found = requireCoveredHost(role, host, await findHost(call.tx, host))
    return { role: found.role, roleName, username, host: found.target.name }
  }
  const address = parseAddress(ip)
  if (!address) throw new ApiError('invalid', `Invalid IP ${shown(ip)}`)
  if (!(await zeroAddressRoles(call.tx)).includes(roleName))
    requireCovered(addressesOf(role), address)
  return { role, login: { roleName, username, ip: address } }
}

/** @throws {ApiError} invalid, unless there is exactly one of address and host */
export function requireOnePlace({ ip, host }: Pick<WantedLogin, 'ip' | 'host'>): void {
  if (host !== '' && ip !== '') throw new ApiError('invalid', 'Give either ip or host')
  if (ip === '' && host === '') throw new ApiError('invalid', 'Missing ip')
}

function allowedUsername(role: Role, wanted: string): string {
  const username = wanted || role.defaultUser
  if (username === '')
    throw new ApiError(
      'invalid',
      role.defaultUserTemplate
        ? "The default username is made from an entity, and this token has none. Use 'username' option"
        : "No default username registered. Use 'username' option",
    )
  const { allowedUsers } = role
  if (username === role.defaultUser || allowedUsers === '*') return username
  if (allowedUsers === '')
    throw new ApiError(
      'invalid',
      'Username has to be either in allowed users list or has to be a default username',
    )
  if (!splitList(allowedUsers).includes(username))
    throw new ApiError('invalid', 'Username is not present is allowed users list')
  return username
}

/** No user of any system has another name, and what reads it afterwards, a terminal or a log, must not take it for something else. */
export function requirePrintable(username: string): void {
  if (Buffer.byteLength(username) > LONGEST_USER)
    throw new ApiError('invalid', `username is longer than ${LONGEST_USER} bytes`)
  if (isControlled(username) || username !== username.trim() || !username.isWellFormed())
    throw new ApiError('invalid', `username ${JSON.stringify(username)} cannot be printed`)
}

const LONGEST_USER = 255
