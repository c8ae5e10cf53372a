import { ApiError } from '../api/errors.ts'
import { refuseWrappingPolicy } from '../api/wrapping-policy.ts'
import type { Tx } from '../storage/transact.ts'
import { type Alias, aliasesOf, type Entity } from './entities.ts'
import type { Group, GroupAlias } from './group.ts'

/** Finds the mount of an accessor. */
export type MountOf = (
  accessor: string,
) => { readonly path: string; readonly type: string } | undefined

/** An alias as replies show it. */
export const describeAlias = (alias: Alias, mountOf: MountOf) => ({
  id: alias.id,
  canonical_id: alias.entity,
  name: alias.name,
  metadata: alias.metadata,
  custom_metadata: alias.customMetadata,
  merged_from_canonical_ids: alias.mergedFrom ?? null,
  local: false,
  ...describePlace(alias.mount, mountOf),
  ...describeTimes(alias),
  namespace_id: 'root',
})

/** The alias of a group as replies show it. */
export const describeGroupAlias = (alias: GroupAlias, group: Group, mountOf: MountOf) => ({
  id: alias.id,
  canonical_id: group.id,
  name: alias.name,
  metadata: null,
  merged_from_canonical_ids: null,
  ...describePlace(alias.mount, mountOf),
  ...describeTimes(alias),
  namespace_id: 'root',
})

/** The mount of an alias. */
export function describePlace(accessor: string, mountOf: MountOf) {
  const mount = mountOf(accessor)
  return {
    mount_accessor: accessor,
    ...(mount && { mount_type: mount.type, mount_path: mount.path }),
  }
}

/** When something was created and last changed. */
export const describeTimes = ({
  createdAt,
  updatedAt,
}: {
  readonly createdAt: number
  readonly updatedAt: number
}) => ({
  creation_time: new Date(createdAt).toISOString(),
  last_update_time: new Date(updatedAt).toISOString(),
})

/** The aliases of an entity as replies show them. */
export const describeAliases = async (tx: Tx, entity: Entity, mountOf: MountOf) =>
  (await aliasesOf(tx, entity)).map(alias => describeAlias(alias, mountOf))

/** Policies as they are stored: in lower case, without duplicates. @throws {ApiError} invalid, for policies that cannot be assigned */
export function policyNames(given: readonly string[]): readonly string[] {
  const names = [...new Set(given.map(policy => policy.toLowerCase()))]
  if (names.includes('root')) throw new ApiError('invalid', 'policies cannot contain root')
  refuseWrappingPolicy(names)
  return names
}
