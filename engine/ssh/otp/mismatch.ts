import { parseAddress } from '../../../shared/address.ts'
import type { Otp } from './otps.ts'

/** What a host expects of a password. */
export interface Expected {
  readonly username: string | undefined
  readonly ip: readonly string[] | undefined
  readonly roles: readonly string[] | undefined
}

/** What is said of a login that the password was not made for, and the reason for the metrics. */
export type Mismatch = readonly [message: string, reason: string]

/** How a login differs from what the host expects; undefined if it does not. */
export function mismatchOf(
  login: Pick<Otp, 'username' | 'host' | 'ip' | 'role'>,
  { username, ip, roles }: Expected,
): Mismatch | undefined {
  if (username !== undefined && username !== login.username)
    return ['OTP was issued for another username', 'other username']
  if (
    login.host === undefined &&
    ip !== undefined &&
    !ip.some(each => parseAddress(each) === login.ip)
  )
    return ['OTP was issued for another ip', 'other ip']
  if (roles !== undefined && !roles.includes(login.role))
    return ['OTP was issued for a role that is not allowed on this host', 'other role']
  return undefined
}
