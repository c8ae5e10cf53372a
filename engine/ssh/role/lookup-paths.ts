import { parseAddress } from '../../../shared/address.ts'
import { string } from '../../../shared/field.ts'
import { shown } from '../../../shared/printable.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import type { Reply } from '../../api/reply.ts'
import type { Tx } from '../../storage/transact.ts'
import { findHost } from '../host/hosts.ts'
import type { Role } from './role.ts'
import { addressesOf, reaches } from './role-addresses.ts'
import { coversHost } from './role-hosts.ts'
import { roles } from './role-table.ts'
import { zeroAddressRoles } from './zero-address-roles.ts'

/** `lookup`: which roles could issue a credential for an address. Contract §2.5. */
export const lookup = endpoint({
  path: 'lookup',
  summary: 'Lists the roles that are associated with an address.',
  description:
    'Returns the roles whose cidr_list covers the address, followed by the zero-address roles. exclude_cidr_list is not considered. For a host, returns the roles that name it or one of its groups. key_info has the type of each; certificate_roles are those that sign certificates for users, which are for every host.',
  fields: {
    ip: string({
      default: '',
      required: 'without host',
      description: 'Address of the remote host.',
    }),
    host: string({ default: '', description: 'Name of an enrolled host, in place of an address.' }),
  },
  operations: {
    update: async function lookUpRoles({ ip, host }, { tx }) {
      if (host !== '' && ip === '') return rolesForHost(tx, host)
      if (host !== '') throw new ApiError('invalid', 'Give either ip or host')
      if (ip === '') throw new ApiError('invalid', 'Missing ip')
      const address = parseAddress(ip)
      if (!address) throw new ApiError('invalid', `Invalid IP ${shown(ip)}`)
      const all = await allRoles(tx)
      const found = [...all].filter(([, role]) => reaches(addressesOf(role).cidrList, address))
      const names = new Set([...found.map(([name]) => name), ...(await zeroAddressRoles(tx))])
      return answer([...names], all)
    },
  },
})

async function rolesForHost(tx: Tx, name: string): Promise<Reply> {
  const host = await findHost(tx, name)
  const all = await allRoles(tx)
  const found = [...all].filter(([, role]) => host && coversHost(role, host))
  return answer(
    found.map(([each]) => each),
    all,
  )
}

type Roles = ReadonlyMap<string, Role>

async function allRoles(tx: Tx): Promise<Roles> {
  const all = new Map<string, Role>()
  for (const name of await roles.list(tx)) {
    const role = await roles.get(tx, name)
    if (role) all.set(name, role)
  }
  return all
}

/** Certificates have a field of their own, because old command lines ask which role of `roles` is meant, and stop there. */
function answer(names: readonly string[], all: Roles): Reply {
  const kinds = names.flatMap(name => {
    const role = all.get(name)
    return role ? [[name, { key_type: role.keyType }] as const] : []
  })
  const signing = [...all].filter(([, role]) => role.keyType === 'ca' && role.allowUserCertificates)
  return {
    data: {
      // null, not an empty list: old clients expect it for "no role"
      roles: names.length > 0 ? names : null,
      ...(kinds.length > 0 && { key_info: Object.fromEntries(kinds) }),
      ...(signing.length > 0 && { certificate_roles: signing.map(([name]) => name) }),
    },
  }
}
