import type { Call } from '../../api/call.ts'
import { ApiError } from '../../api/errors.ts'
import { describeRole, type Role } from '../role/role.ts'
import { rendered, withUsers } from '../role/templates.ts'
import { zeroAddressRoles } from '../role/zero-address-roles.ts'

/** Settings of a role that say who may get what: for whom, where and for how long. Each is told only where it says something. */
const TOLD = [
  'default_user',
  'allowed_users',
  'cidr_list',
  'exclude_cidr_list',
  'hosts',
  'host_groups',
  'allow_user_certificates',
  'allow_host_certificates',
  'allowed_domains',
  'ttl',
  'max_ttl',
]

/** What a role gives, in the words of its settings, with its templates filled in for whoever is judged. */
export async function roleSummary(name: string, stored: Role, call: Call) {
  const settings: Readonly<Record<string, unknown>> = {
    ...describeRole(await filledIn(stored, call)),
  }
  const said = TOLD.filter(key => settings[key] !== undefined && !isEmpty(settings[key]))
  const isEverywhere = (await zeroAddressRoles(call.tx)).includes(name)
  return {
    ...Object.fromEntries(said.map(key => [key, settings[key]])),
    ...(isEverywhere && { zero_address: true }),
  }
}

const isEmpty = (value: unknown) => value === '' || value === 0 || value === false

async function filledIn(role: Role, call: Call): Promise<Role> {
  try {
    return role.keyType === 'ca' ? (await rendered(role, call)).role : await withUsers(role, call)
  } catch (error) {
    // a request would be refused for this; the role is told as it is written
    if (error instanceof ApiError) return role
    throw error
  }
}
