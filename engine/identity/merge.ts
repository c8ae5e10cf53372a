import { ApiError, wrapped } from '../api/errors.ts'
import type { Tx } from '../storage/transact.ts'
import { noteDisabled } from './disabled.ts'
import {
  type Alias,
  aliasesOf,
  dropAlias,
  type Entity,
  putAlias,
  putEntity,
  replaceEntity,
} from './entities.ts'
import { replaceMember } from './groups.ts'

/** The entities to merge, and how. */
interface Merger {
  readonly into: Entity
  readonly from: readonly Entity[]
  /** Ids of the aliases to keep of two for the same mount. */
  readonly keep: readonly string[]
  readonly now: Date
}

/** Two aliases for the same mount, of which an entity can have only one. */
interface Clash {
  readonly own: Alias
  readonly other: Alias
}

/**
 * Merges entities into another: their aliases and group memberships are moved to it, their policies and metadata are dropped. Their
 * tokens act for it.
 * @throws {ApiError} invalid, if it would have two aliases for one mount and `keep` has neither
 */
export async function mergeEntities(tx: Tx, { into, from, keep, now }: Merger): Promise<void> {
  const own = await aliasesOf(tx, into)
  const coming: Alias[] = []
  for (const entity of from) coming.push(...(await aliasesOf(tx, entity)))
  requireOneEach(coming)
  const clashes = coming.flatMap(other =>
    own.filter(({ mount }) => mount === other.mount).map(each => ({ own: each, other })),
  )
  const dropped = keep.length > 0 ? clashes.map(clash => loser(clash, keep)) : refused(clashes)

  for (const alias of dropped) await dropAlias(tx, alias)
  const moved = coming.filter(alias => !dropped.includes(alias))
  for (const alias of moved) {
    const mergedFrom = [...(alias.mergedFrom ?? []), alias.entity]
    await putAlias(tx, { ...alias, entity: into.id, mergedFrom, updatedAt: now.getTime() }, alias)
  }
  for (const entity of from) {
    await replaceMember(tx, { member: entity.id, by: into.id, now })
    await replaceEntity(tx, entity, into)
  }
  const left = [...own.filter(alias => !dropped.includes(alias)), ...moved]
  const before = from.flatMap(({ id, mergedFrom = [] }) => [...mergedFrom, id])
  const aliases = left.map(({ id }) => id)
  const mergedFrom = [...(into.mergedFrom ?? []), ...before]
  await putEntity(tx, { ...into, aliases, mergedFrom, updatedAt: now.getTime() }, into)
  await noteDisabled(tx, [into.id, ...from.map(({ id }) => id)])
}

/** @throws {ApiError} if the merged entities have two aliases for one mount, which `keep` cannot resolve */
function requireOneEach(coming: readonly Alias[]): void {
  for (const [at, { mount }] of coming.entries())
    if (coming.findIndex(each => each.mount === mount) < at)
      throw new ApiError(
        'invalid',
        `mount accessor ${mount} found in multiple fromEntities, merge should be done with one fromEntity at a time`,
      )
}

/** The alias that is dropped. */
function loser({ own, other }: Clash, keep: readonly string[]): Alias {
  if (keep.includes(own.id)) return other
  if (keep.includes(other.id)) return own
  throw new ApiError(
    'invalid',
    `conflicting mount accessors in following alias IDs and neither were present in conflicting_alias_ids_to_keep: ${other.id}, ${own.id}`,
  )
}

/** @throws {ApiError} if there is any clash */
function refused(clashes: readonly Clash[]): readonly Alias[] {
  if (clashes.length === 0) return []
  throw new ApiError(
    'invalid',
    wrapped(
      'toEntity and at least one fromEntity have aliases with the same mount accessor, repeat the merge request specifying exactly one fromEntity, clashes: ',
      ...clashes.map(
        ({ own, other }) =>
          `mountAccessor: ${own.mount}, toEntity ID: ${own.entity}, fromEntity ID: ${other.entity}, conflicting toEntity alias ID: ${own.id}, conflicting fromEntity alias ID: ${other.id}`,
      ),
    ),
  )
}
