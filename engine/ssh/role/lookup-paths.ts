import { parseAddress } from '../../../shared/address.ts'
import { string } from '../../../shared/field.ts'
import { shown } from '../../../shared/printable.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import type { Reply } from '../../api/reply.ts'
import type { Tx } from '../../storage/transact.ts'
import { findHost } from '../host/hosts.ts'
import { addressesOf, reaches } from './role-addresses.ts'
import { coversHost } from './role-hosts.ts'
import { roles } from './role-table.ts'
import { zeroAddressRoles } from './zero-address-roles.ts'

/** `lookup`: which roles could issue a credential for an address. Contract §2.5. */
export const lookup = endpoint({
  path: 'lookup',
  summary: 'Lists the roles that are associated with an address.',
  description:
    'Returns the roles whose cidr_list covers the address, followed by the zero-address roles. exclude_cidr_list is not considered. For a host, returns the roles that name it or one of its groups.',
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
      const found: string[] = []
      for (const name of await roles.list(tx)) {
        const role = await roles.get(tx, name)
        if (role && reaches(addressesOf(role).cidrList, address)) found.push(name)
      }
      const names = new Set([...found, ...(await zeroAddressRoles(tx))])
      // null, not an empty list: old clients expect it for "no role"
      return { data: { roles: names.size > 0 ? [...names] : null } }
    },
  },
})

async function rolesForHost(tx: Tx, name: string): Promise<Reply> {
  const host = await findHost(tx, name)
  const found: string[] = []
  for (const each of host ? await roles.list(tx) : []) {
    const role = await roles.get(tx, each)
    if (role && host && coversHost(role, host)) found.push(each)
  }
  return { data: { roles: found.length > 0 ? found : null } }
}
