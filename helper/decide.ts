import type { IpAddress } from '../shared/address.ts'
import { namesOneHost } from '../shared/common-addresses.ts'
import type { VerifiedLogin } from '../shared/verification.ts'
import type { Config } from './config.ts'
import type { Login } from './pam.ts'

/** What this host allows. */
export type Rules = Pick<Config, 'roles' | 'users' | 'cidrs'>

export type Decision =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly reason: string }

/** Whether the password is for this user, on this host, by a role that may log in here: the one judgement of the helper. */
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
  if (!isHere(granted.ip, login, rules, interfaces))
    return deny(`the password was issued for the address ${granted.ip}, not for this host`)
  if (!rules.roles.includes('*') && !rules.roles.includes(granted.role))
    return deny(`the role ${quote(granted.role)} is not in allowed_roles`)
  return { allowed: true }
}

/** What can be said without the engine, and so without using up the password. */
export function mayAsk({ user, host }: Login, { roles, users, cidrs }: Rules): Decision {
  if (roles.length === 0) return deny('allowed_roles is empty')
  if (users && !users.includes(user)) return deny('the user is not in allowed_users')
  if (cidrs.length === 0 && host !== undefined && !namesOneHost(host))
    return deny(`the client dialled ${host}, which is an address of many hosts`)
  return { allowed: true }
}

function isHere(
  ip: IpAddress,
  { host }: Login,
  { cidrs }: Rules,
  interfaces: readonly IpAddress[],
): boolean {
  // the address that was dialled tells more than the list of all that could have been
  const own = host === undefined ? interfaces : [host]
  return (own.includes(ip) || cidrs.some(cidr => cidr.contains(ip))) && namesOneHost(ip, cidrs)
}

const deny = (reason: string): Decision => ({ allowed: false, reason })

const quote = (text: string) => JSON.stringify(text)
