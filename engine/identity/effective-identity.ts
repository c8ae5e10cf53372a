import { ApiError } from '../api/errors.ts'
import type { Tx } from '../storage/transact.ts'
import { actingEntity, type Entity } from './entities.ts'
import type { Group } from './group.ts'
import { allDirectGroups, groupsAbove } from './groups.ts'

/** Who an entity is in this moment. */
export interface Standing {
  readonly entity: Entity
  /** All it is in, also through other groups; the direct ones first. */
  readonly groups: readonly Group[]
  /** Its own policies and those of its groups, sorted. */
  readonly policies: readonly string[]
}

/**
 * Finds out who an entity is, or the one that it has been merged into.
 * @throws {ApiError} denied, if it does not exist or is disabled
 */
export async function standingOf(tx: Tx, id: string): Promise<Standing> {
  const entity = await actingEntity(tx, id)
  if (!entity || entity.disabled) throw new ApiError('denied', 'permission denied')
  const direct = await allDirectGroups(tx, entity)
  const groups = [...direct, ...(await groupsAbove(tx, direct, allDirectGroups))]
  const policies = new Set([entity, ...groups].flatMap(each => each.policies))
  return { entity, groups, policies: [...policies].sort() }
}
