import { parseAddress, parseCidr } from '../../../shared/address.ts'
import { string } from '../../../shared/field.ts'
import { Secret } from '../../../shared/secret.ts'
import type { Call } from '../../api/call.ts'
import { endpoint } from '../../api/endpoint.ts'
import type { Engine } from '../../api/engine.ts'
import { ApiError } from '../../api/errors.ts'
import type { Login } from '../../api/login.ts'
import { inBoth } from '../../token/bound-cidrs.ts'
import { displayName } from '../display-name.ts'
import { rolePaths } from './role-paths.ts'
import { forgetRole, goneRoles, moveRoleIds, type Role, roleOfId } from './roles.ts'
import { secretIdPaths } from './secret-id-paths.ts'
import {
  deleteLimited,
  deleteOfRole,
  deleteOverdue,
  findSecretId,
  type SecretId,
  useSecretId,
} from './secret-ids.ts'

const FORGOTTEN_AT_ONCE = 500

const login = endpoint({
  path: 'login',
  access: 'public',
  summary: 'Logs in with a role id and a secret id.',
  description: 'Returns a token with the settings of the role.',
  fields: {
    role_id: string({ default: '', required: true, description: 'The role id.' }),
    secret_id: string({
      default: '',
      description: 'A secret id of the role. Required if bind_secret_id is set on the role.',
    }),
  },
  operations: {
    update: async function logInWithRole({ role_id: roleId, secret_id: text }, call) {
      const { tx, now } = call
      if (roleId.trim() === '') throw new ApiError('invalid', 'missing role_id')
      const role = await roleOfId(call, roleId.trim())
      if (!role) throw wrong()
      const shown = role.bindSecretId ? await validSecretId(role, text.trim(), call) : undefined
      requireWithin(role.secretIdBoundCidrs, call.address, 'role')
      if (shown) useSecretId(tx, role, shown, now)
      return { login: loginOf(role, shown, call) }
    },
  },
})

/** The auth method for machines. Contract §4.9. */
export const approle: Engine = {
  type: 'approle',
  mountable: 'auth',
  description:
    'The approle method authenticates machines with a role id, which all machines of a role share, and a secret id.',
  endpoints: [login, ...rolePaths, ...secretIdPaths],
  moveNames: moveRoleIds,
  async maintain({ tx, now }) {
    await deleteOverdue(tx, now, FORGOTTEN_AT_ONCE)
    const [role] = await goneRoles(tx)
    if (role === undefined) return
    const deleted = await deleteOfRole(tx, role, FORGOTTEN_AT_ONCE)
    if (deleted < FORGOTTEN_AT_ONCE) forgetRole(tx, role)
  },
  // secret ids of unlimited use stay valid: they are like shared passwords, and may not have been revoked since
  restored: ({ tx }, after) => deleteLimited(tx, after, FORGOTTEN_AT_ONCE),
}

const wrong = () => new ApiError('invalid', 'invalid role or secret ID')

async function validSecretId(role: Role, text: string, call: Call): Promise<SecretId> {
  if (text === '') throw new ApiError('invalid', 'missing secret_id')
  const { tx, mount, now, address } = call
  const found = await findSecretId(tx, role, { salt: mount.salt, secretId: new Secret(text), now })
  if (!found) throw wrong()
  requireWithin(found.cidrList, address, 'secret ID')
  return found
}

function requireWithin(bounds: readonly string[], address: string, whose: string): void {
  if (bounds.length === 0) return
  const parsed = parseAddress(address)
  if (!parsed || !bounds.some(block => parseCidr(block).contains(parsed)))
    throw new ApiError(
      'invalid',
      `source address ${JSON.stringify(address)} unauthorized by CIDR restrictions on the ${whose}`,
    )
}

function loginOf(role: Role, shown: SecretId | undefined, { mount }: Call): Login {
  const metadata = { ...shown?.metadata, role_name: role.name }
  // a secret id may be older than the bounds of its role, so both apply
  const boundCidrs = inBoth(shown?.tokenBoundCidrs ?? [], role.token.boundCidrs)
  if (!boundCidrs) throw new ApiError('denied', 'permission denied')
  return {
    alias: { name: role.roleId, metadata },
    displayName: displayName(mount),
    metadata,
    token: { ...role.token, boundCidrs },
  }
}
