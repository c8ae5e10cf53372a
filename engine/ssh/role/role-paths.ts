import { integer, string } from '../../../shared/field.ts'
import { endpoint } from '../../api/endpoint.ts'
import { requireAny, requireFound } from '../../api/require-found.ts'
import { adminKeys } from './admin-keys.ts'
import { describeRole, type Role } from './role.ts'
import { roleFields } from './role-fields.ts'
import { parseRole } from './role-parse.ts'
import { config, roles, ZERO_ADDRESS } from './role-table.ts'

/** `roles/:role`. A write replaces the whole role; deleting a role does not revoke what it has issued. Contract §2.2, §2.3. */
export const roleEndpoint = endpoint({
  path: 'roles/:role',
  summary: 'Manages roles.',
  description:
    'A role defines the kind of credential, and the users and addresses that credentials may be issued for. Writing replaces the whole role. Deleting a role does not revoke the credentials that it has issued.',
  fields: roleFields,
  operations: {
    read: async function readRole({ role: roleName }, { tx }) {
      const role = requireFound(await roles.get(tx, roleName))
      return { data: describeRole(role) }
    },
    update: async function writeRole(given, { tx }) {
      const hasKey = async (key: string) => (await adminKeys.get(tx, key)) !== undefined
      const role = await parseRole(given, hasKey)
      roles.put(tx, given.role, role)
      const warnings = warningsOf(role, given.key_bits)
      return warnings.length > 0 ? { warnings } : undefined
    },
    delete: async function deleteRole({ role: roleName }, { tx }) {
      roles.delete(tx, roleName)
      const zeroAddress = await config.get(tx, ZERO_ADDRESS)
      if (zeroAddress?.roles.includes(roleName))
        config.put(tx, ZERO_ADDRESS, {
          roles: zeroAddress.roles.filter(name => name !== roleName),
        })
      return undefined
    },
  },
})

/** `roles`: the names of all roles, with their kinds. */
export const roleList = endpoint({
  path: 'roles',
  summary: 'Lists the roles.',
  description: 'Returns the names of all roles, sorted, with the key_type of each.',
  fields: {
    after: string({ default: '', description: 'Lists only names after this one.' }),
    limit: integer({ default: 0, description: 'Maximum number of names to return; 0 for all.' }),
  },
  operations: {
    list: async function listRoles({ after, limit }, { tx }) {
      const names = requireAny(await roles.list(tx, '', { after, ...(limit > 0 && { limit }) }))
      const summaries: [string, object][] = []
      for (const name of names) {
        const role = await roles.get(tx, name)
        if (role) summaries.push([name, summaryOf(role)])
      }
      return { data: { keys: names, key_info: Object.fromEntries(summaries) } }
    },
  },
})

/** Warnings and not errors, since old clients request keys that are too small or too large. */
function warningsOf(role: Role, wantedBits: number): readonly string[] {
  if (role.keyType !== 'dynamic' || role.keyAlgorithm !== 'rsa') return []
  return [...(role.keyBits < 2048 ? [WEAK] : []), ...(wantedBits > role.keyBits ? [LARGE] : [])]
}

const WEAK =
  'RSA keys of 1024 bits can be broken: set key_bits to 2048 or more, or key_algorithm=ed25519'

const LARGE =
  'RSA keys of more than 4096 bits take too long to generate: keys of this role will have 4096 bits'

const summaryOf = (role: Role) =>
  role.keyType === 'ca'
    ? { key_type: role.keyType, issuer_ref: role.issuerRef }
    : { key_type: role.keyType }
