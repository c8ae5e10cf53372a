import { randomUUID } from 'node:crypto'
import {
  boolean,
  duration,
  type Field,
  integer,
  list,
  name,
  older,
  string,
  type Values,
} from '../../../shared/field.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import { requireAny, requireFound } from '../../api/require-found.ts'
import { blocks } from '../blocks.ts'
import { describeTokenSettings, tokenFields, tokenSettings } from '../token-fields.ts'
import {
  deleteRole,
  existingRole,
  findRole,
  newRole,
  putRole,
  type Role,
  roleNames,
} from './roles.ts'

const role_name = name({ default: '', description: 'Name of the role, case-insensitive.' })

const bounds = list({ description: 'CIDR blocks from which clients can log in.' })

const settings = {
  bind_secret_id: boolean({
    description: 'Whether a login requires a secret id. Defaults to true.',
  }),
  secret_id_ttl: duration({ description: 'Lifetime of new secret ids; 0 for no expiry.' }),
  secret_id_num_uses: integer({
    description: 'Number of logins that new secret ids are valid for; 0 for unlimited.',
  }),
  secret_id_bound_cidrs: bounds,
  bound_cidr_list: older('secret_id_bound_cidrs', bounds),
  ...tokenFields,
}

const fields = {
  ...settings,
  role_name,
  role_id: string({ description: 'The role id; random if not set.' }),
  local_secret_ids: boolean({
    description:
      'Stored and returned for compatibility, without effect. Can be set only on a new role.',
  }),
}

type AppRoleFields = Partial<Values<typeof fields>>

/** `role` of the approle method. Contract §4.9. */
export const rolePaths = [
  endpoint({
    path: 'role',
    summary: 'Lists the roles.',
    description: 'Returns the names of the roles.',
    fields: {},
    operations: {
      list: async function listApproleRoles(_, { tx }) {
        const keys = requireAny(await roleNames(tx))
        return { data: { keys } }
      },
    },
  }),
  endpoint({
    path: 'role/:role_name',
    anyCase: true,
    exists: async ({ role_name: asked }, { tx }) =>
      (await findRole(tx, String(asked))) !== undefined,
    summary: 'Reads, writes or deletes a role.',
    description:
      'Only the parameters that are sent change. Deleting a role deletes its secret ids; tokens that were issued stay valid.',
    fields,
    operations: {
      read: async function readApproleRole({ role_name: asked }, { tx }) {
        const role = requireFound(await findRole(tx, asked))
        return { data: describe(role) }
      },
      update: async function writeApproleRole(given, call) {
        const old = await findRole(call.tx, given.role_name)
        const { local_secret_ids: localSecretIds = old?.localSecretIds ?? false } = given
        if (old && localSecretIds !== (old.localSecretIds ?? false))
          throw new ApiError(
            'invalid',
            'local_secret_ids can only be modified during role creation',
          )
        const role = old ?? newRole(given.role_name, tokenSettings({}))
        await putRole(call, { ...changed(role, given), localSecretIds }, old)
        return undefined
      },
      delete: async function deleteApproleRole({ role_name: asked }, call) {
        const role = await findRole(call.tx, asked)
        if (role) deleteRole(call, role)
        return undefined
      },
    },
  }),
  endpoint({
    path: 'role/:role_name/role-id',
    anyCase: true,
    summary: 'Reads or sets the role id of a role.',
    description:
      'Machines log in with the role id. It is not a secret, but should not be published.',
    fields: { role_name, role_id: fields.role_id },
    operations: {
      read: async function readRoleId({ role_name: asked }, { tx }) {
        const { roleId } = await existingRole(tx, asked)
        return { data: { role_id: roleId } }
      },
      update: async function setRoleId({ role_name: asked, role_id: roleId = randomUUID() }, call) {
        const role = await existingRole(call.tx, asked)
        await putRole(call, { ...role, roleId }, role)
        return undefined
      },
    },
  }),
  ...Object.entries({
    policies: ['token_policies', 'policies'],
    'bound-cidr-list': ['bound_cidr_list'],
    'secret-id-bound-cidrs': ['secret_id_bound_cidrs'],
    'token-bound-cidrs': ['token_bound_cidrs'],
    'bind-secret-id': ['bind_secret_id'],
    'secret-id-num-uses': ['secret_id_num_uses'],
    'secret-id-ttl': ['secret_id_ttl'],
    period: ['token_period', 'period'],
    'token-num-uses': ['token_num_uses'],
    'token-ttl': ['token_ttl'],
    'token-max-ttl': ['token_max_ttl'],
  } as const).map(([path, names]) => settingPath(path, names)),
]

type Name = keyof typeof settings

/** The path of one setting of a role. Updates accept all of `names`; the first is the current one. */
function settingPath(path: string, names: readonly [Name, ...Name[]]) {
  const [key] = names
  const fields = Object.fromEntries(
    names.map((each): [string, Field<unknown>] => [each, settings[each]]),
  )
  return endpoint({
    path: `role/:role_name/${path}`,
    anyCase: true,
    summary: `Reads, sets or resets ${key} of a role.`,
    description: settings[key].description,
    fields: { role_name, ...fields },
    operations: {
      read: async function readRoleField({ role_name: asked }, { tx }) {
        const role = await existingRole(tx, String(asked))
        const shown: Record<string, unknown> = describe(role)
        const value = key === 'bound_cidr_list' ? role.secretIdBoundCidrs : shown[key]
        return { data: { [key]: value } }
      },
      update: async function setRoleField(given, call) {
        const role = await existingRole(call.tx, String(given.role_name))
        const values: Record<string, unknown> = given
        if (names.every(each => values[each] === undefined))
          throw new ApiError('invalid', `missing ${key}`)
        await putRole(call, changed(role, given as AppRoleFields), role)
        return undefined
      },
      delete: async function resetRoleField({ role_name: asked }, call) {
        const role = await existingRole(call.tx, String(asked))
        const untouched = describe(newRole('', tokenSettings({})))
        const usual = { ...untouched, bound_cidr_list: [], period: 0 } as Record<string, unknown>
        await putRole(call, changed(role, { [key]: usual[key] } as AppRoleFields), role)
        return undefined
      },
    },
  })
}

/** The role with the given settings applied. */
function changed(role: Role, given: AppRoleFields): Role {
  const cidrs = given.secret_id_bound_cidrs ?? given.bound_cidr_list
  return {
    ...role,
    roleId: given.role_id ?? role.roleId,
    bindSecretId: given.bind_secret_id ?? role.bindSecretId,
    secretIdTtl: given.secret_id_ttl ?? role.secretIdTtl,
    secretIdNumUses: given.secret_id_num_uses ?? role.secretIdNumUses,
    secretIdBoundCidrs: cidrs ? blocks(cidrs) : role.secretIdBoundCidrs,
    token: tokenSettings(given, role.token),
  }
}

const describe = (role: Role) => ({
  bind_secret_id: role.bindSecretId,
  local_secret_ids: role.localSecretIds ?? false,
  secret_id_bound_cidrs: role.secretIdBoundCidrs.length > 0 ? role.secretIdBoundCidrs : null,
  secret_id_num_uses: role.secretIdNumUses,
  secret_id_ttl: role.secretIdTtl,
  ...describeTokenSettings(role.token),
})
