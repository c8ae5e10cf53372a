import { list } from '../../../shared/field.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import { requireFound } from '../../api/require-found.ts'
import { config, roles, ZERO_ADDRESS } from './role-table.ts'

/** `config/zeroaddress`: the roles that may issue credentials for every address. Contract §2.7. */
export const zeroAddress = endpoint({
  path: 'config/zeroaddress',
  summary: 'Configures the roles that may issue credentials for any address.',
  description:
    'These roles ignore cidr_list and exclude_cidr_list. Writing replaces the list. Use with care: credentials of such a role are valid on every host whose helper accepts the role.',
  fields: {
    roles: list({
      default: [],
      required: true,
      description: 'Names of existing roles, as a list or comma separated.',
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
