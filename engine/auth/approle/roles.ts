import { randomUUID } from 'node:crypto'
import { type Call, namesOf } from '../../api/call.ts'
import { ApiError } from '../../api/errors.ts'
import type { TokenSettings } from '../../api/login.ts'
import { type Moved, type Named, NameIndex } from '../../storage/name-index.ts'
import { Table } from '../../storage/table.ts'
import type { Tx } from '../../storage/transact.ts'
import { untampered } from '../../storage/untampered.ts'

/** A role of machines: what a login requires, and the settings of its tokens. Durations are in seconds. */
export interface Role {
  /** Never reused, so that the secret ids of a deleted role are not valid for a new one of the same name. */
  readonly id: string
  /** In lower case. */
  readonly name: string
  /** What machines present besides a secret id; not a secret, but hard to guess. */
  readonly roleId: string
  /** Whether a login requires a secret id. */
  readonly bindSecretId: boolean
  readonly secretIdTtl: number
  /** Number of logins that a secret id is valid for; 0 for unlimited. */
  readonly secretIdNumUses: number
  readonly secretIdBoundCidrs: readonly string[]
  readonly token: TokenSettings
  /** As it was set; absent in roles of older versions. */
  readonly localSecretIds?: boolean
}

const roles = new Table<Role>('role/')
const byRoleId = new NameIndex<{ readonly name: string }>({
  keyed: 'by-role-id/',
  older: 'role-id/',
})
/** Where roles are stored. */
type MountScope = Pick<Call, 'tx' | 'mount'>

const gone = new Table<{ readonly id: string }>('gone/')

export const findRole = (tx: Tx, name: string): Promise<Role | undefined> =>
  roles.get(tx, name.toLowerCase())

/** @throws {ApiError} missing */
export async function existingRole(tx: Tx, name: string): Promise<Role> {
  const role = await findRole(tx, name)
  if (!role) throw new ApiError('missing', `role ${JSON.stringify(name)} does not exist`)
  return role
}

export async function roleOfId(place: MountScope, roleId: string): Promise<Role | undefined> {
  const entry = await byRoleId.get(namesOf(place), named(roleId))
  const role = entry && (await roles.get(place.tx, entry.name))
  // an outdated entry that was restored in the storage finds nothing
  return role?.roleId === roleId ? role : undefined
}

export const roleNames = (tx: Tx): Promise<readonly string[]> => roles.list(tx)

/** A role with default settings. */
export const newRole = (name: string, token: TokenSettings): Role => ({
  id: randomUUID(),
  name: name.toLowerCase(),
  roleId: randomUUID(),
  bindSecretId: true,
  secretIdTtl: 0,
  secretIdNumUses: 0,
  secretIdBoundCidrs: [],
  token,
})

/**
 * Stores a role in place of `old`.
 * @throws {ApiError} invalid, if anyone could log in, or the role id is that of another role
 */
export async function putRole(place: MountScope, role: Role, old: Role | undefined): Promise<void> {
  const names = namesOf(place)
  const { bindSecretId, secretIdBoundCidrs, token, secretIdNumUses } = role
  if (!bindSecretId && secretIdBoundCidrs.length === 0 && token.boundCidrs.length === 0)
    throw new ApiError('invalid', 'at least one constraint should be enabled on the role')
  if (secretIdNumUses < 0) throw new ApiError('invalid', 'secret_id_num_uses cannot be negative')
  if (role.roleId === '') throw new ApiError('invalid', 'missing role_id')
  // logins trim the role id
  if (role.roleId !== role.roleId.trim())
    throw new ApiError('invalid', 'role_id cannot begin or end with a blank')
  const owner = await byRoleId.get(names, named(role.roleId))
  if (owner && owner.name !== role.name) throw new ApiError('invalid', 'role_id already in use')
  if (old) byRoleId.delete(names, named(old.roleId))
  byRoleId.put(names, named(role.roleId), { name: role.name })
  roles.put(place.tx, role.name, role)
}

/** Deletes a role. Its secret ids are then no longer valid, and are deleted page by page: see {@link goneRoles}. */
export function deleteRole(place: MountScope, role: Role): void {
  const { tx } = place
  byRoleId.delete(namesOf(place), named(role.roleId))
  roles.delete(tx, role.name)
  gone.put(tx, role.id, { id: role.id })
}

/** Ids of deleted roles that may still have secret ids. */
export async function goneRoles(tx: Tx): Promise<readonly string[]> {
  const found: string[] = []
  // a name that the engine has not written must not delete the secret ids of an existing role
  for (const id of await gone.list(tx, '', { limit: 10 }))
    if (await untampered(gone.get(tx, id))) found.push(id)
    else gone.delete(tx, id)
  return found
}

/** Records that nothing is left of a deleted role. */
export const forgetRole = (tx: Tx, id: string): void => gone.delete(tx, id)

/** Replaces the unkeyed index entries of role ids that an older version has written. */
export const moveRoleIds = (place: MountScope, limit: number): Promise<Moved> =>
  byRoleId.move(namesOf(place), limit, async ({ name }) => {
    const role = await untampered(roles.get(place.tx, name))
    return role && [named(role.roleId)]
  })

function named(roleId: string): Named {
  if (!roleId.isWellFormed()) throw new ApiError('invalid', 'role_id is not well-formed Unicode')
  return { text: roleId }
}
