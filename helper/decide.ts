import type { IpAddress } from '../shared/address.ts'
import { namesOneHost } from '../shared/common-addresses.ts'
import type { VerifiedLogin } from '../shared/verification.ts'
import type { Config } from './config.ts'
import type { Login } from './pam.ts'

/** The settings that restrict logins on this host. */
export type Rules = Pick<Config, 'roles' | 'users' | 'cidrs' | 'host'>

export type Decision =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly reason: string }

/** Whether the password was issued for this user and this host, by a role that this host allows. All of the helper's decision is here. */
export function decide(
  granted: VerifiedLogin,
  login: Login,
  rules: Rules,
  interfaces: readonly IpAddress[],
): Decision {
  const before = mayAsk(login, rules)
  if (!before.allowed) return before
  if (granted.username !== login.user)
    return deny(`the password was issued for the user ${quote(granted.username)}`)
  const elsewhere = objectionTo(granted, login, rules, interfaces)
  if (elsewhere !== undefined) return deny(elsewhere)
  if (!rules.roles.includes('*') && !rules.roles.includes(granted.role))
    return deny(`the role ${quote(granted.role)} is not in allowed_roles`)
  return { allowed: true }
}

/** The part of the decision that needs no engine, and so does not redeem the password. */
export function mayAsk({ user, host }: Login, { roles, users, cidrs }: Rules): Decision {
  if (roles.length === 0) return deny('allowed_roles is empty')
  if (users && !users.includes(user)) return deny('the user is not in allowed_users')
  if (cidrs.length === 0 && host !== undefined && !namesOneHost(host))
    return deny(`the client dialled ${host}, which is an address of many hosts`)
  return { allowed: true }
}

/** Why the password is not for this host; undefined if it is. */
function objectionTo(
  { ip, host }: VerifiedLogin,
  login: Login,
  rules: Rules,
  interfaces: readonly IpAddress[],
): string | undefined {
  if (host !== undefined && host === rules.host?.name) return undefined
  if (host !== undefined)
    return `the password was issued for the host ${quote(host)}, not for this one`
  if (ip !== undefined && isHere(ip, login, rules, interfaces)) return undefined
  return `the password was issued for the address ${ip}, not for this host`
}

function isHere(
  ip: IpAddress,
  { host }: Login,
  { cidrs }: Rules,
  interfaces: readonly IpAddress[],
): boolean {
  // the dialled address is more precise than the list of all addresses
  const own = host === undefined ? interfaces : [host]
  return (own.includes(ip) || cidrs.some(cidr => cidr.contains(ip))) && namesOneHost(ip, cidrs)
}

const deny = (reason: string): Decision => ({ allowed: false, reason })

const quote = (text: string) => JSON.stringify(text)
