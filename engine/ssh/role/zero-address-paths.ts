import { list } from '../../../shared/field.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import { requireFound } from '../../api/require-found.ts'
import type { Tx } from '../../storage/transact.ts'
import { config, roles, ZERO_ADDRESS } from './role-table.ts'

/** `config/zeroaddress`: the roles whose credentials may be made for every address. Contract §2.7. */
export const zeroAddress = endpoint({
  path: 'config/zeroaddress',
  summary: 'Roles that may make credentials for any address.',
  description:
    'For these roles neither cidr_list nor exclude_cidr_list counts. Writing replaces the list. Think twice: such a role opens every host whose helper accepts it.',
  fields: {
    roles: list({
      default: [],
      required: true,
      description: 'Names of existing roles, as a list or as one text with commas.',
    }),
  },
  operations: {
    read: async function readZeroAddress(_, { tx }) {
      const stored = requireFound(await config.get(tx, ZERO_ADDRESS))
      return { data: { roles: stored.roles } }
    },
    update: async function writeZeroAddress({ roles: names }, { tx }) {
      if (names.length === 0) throw new ApiError('invalid', 'Missing roles')
      for (const name of names) {
        if (!(await roles.get(tx, name)))
          throw new ApiError('invalid', `Role "${name}" does not exist`)
      }
      config.put(tx, ZERO_ADDRESS, { roles: [...new Set(names)] })
      return undefined
    },
    delete: async function deleteZeroAddress(_, { tx }) {
      config.delete(tx, ZERO_ADDRESS)
      return undefined
    },
  },
})

/** The names of the roles that are valid for every address. */
export async function zeroAddressRoles(tx: Tx): Promise<readonly string[]> {
  return (await config.get(tx, ZERO_ADDRESS))?.roles ?? []
}
