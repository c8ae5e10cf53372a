import { ApiError } from '../api/errors.ts'
import type { Tx } from '../storage/transact.ts'
import { actingEntity, type Entity } from './entities.ts'
import type { Group } from './group.ts'
import { allDirectGroups, groupsAbove } from './groups.ts'

/** An entity with its current groups and policies. */
export interface EffectiveIdentity {
  readonly entity: Entity
  /** All groups that it is a member of, direct ones first. */
  readonly groups: readonly Group[]
  /** The policies of the entity and its groups, sorted. */
  readonly policies: readonly string[]
}

/**
 * The entity, or the one that it has been merged into, with its groups and policies.
 * @throws {ApiError} denied, if it does not exist or is disabled
 */
export async function effectiveIdentity(tx: Tx, id: string): Promise<EffectiveIdentity> {
  const entity = await actingEntity(tx, id)
  if (!entity || entity.disabled) throw new ApiError('denied', 'permission denied')
  const direct = await allDirectGroups(tx, entity)
  const groups = [...direct, ...(await groupsAbove(tx, direct, allDirectGroups))]
  const policies = new Set([entity, ...groups].flatMap(each => each.policies))
  return { entity, groups, policies: [...policies].sort() }
}
