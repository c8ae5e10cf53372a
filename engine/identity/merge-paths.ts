import { boolean, list, string } from '../../shared/field.ts'
import { endpoint } from '../api/endpoint.ts'
import { ApiError } from '../api/errors.ts'
import { type Entity, findEntity } from './entities.ts'
import { mergeEntities } from './merge.ts'

/** `entity/merge`: for a user who has several entities because of several auth methods. */
export const mergePath = endpoint({
  path: 'entity/merge',
  summary: 'Merges entities into another entity.',
  description:
    'Aliases and group memberships of the merged entities are moved to the remaining one, and their tokens act for it. Their own policies and metadata are dropped. Their certificates are still found and revoked by the old ids, which are in merged_entity_ids.',
  fields: {
    to_entity_id: string({ default: '', description: 'Id of the entity that remains.' }),
    from_entity_ids: list({ default: [], description: 'Ids of the entities to merge into it.' }),
    conflicting_alias_ids_to_keep: list({
      default: [],
      description:
        'Ids of the aliases to keep if both entities have an alias for the same mount. Requires a single entity in from_entity_ids.',
    }),
    force: boolean({
      default: false,
      description: 'Accepted for compatibility: there are no MFA secrets to merge.',
    }),
  },
  operations: {
    update: async function mergeIntoEntity(
      { to_entity_id: to, from_entity_ids: ids, ...given },
      { tx, now },
    ) {
      const keep = given.conflicting_alias_ids_to_keep
      if (to === '') throw new ApiError('invalid', 'missing entity id to merge to')
      if (ids.length === 0) throw new ApiError('invalid', 'missing entity ids to merge from')
      const into = await findEntity(tx, to)
      if (!into) throw new ApiError('invalid', 'entity id to merge to is invalid')
      const from: Entity[] = []
      for (const id of new Set(ids)) {
        if (id === to)
          throw new ApiError('invalid', 'to_entity_id should not be present in from_entity_ids')
        const entity = await findEntity(tx, id)
        if (!entity) throw new ApiError('invalid', 'entity id to merge from is invalid')
        requireAsEnabled(entity, into)
        from.push(entity)
      }
      if (from.length > 1 && keep.length > 0)
        throw new ApiError(
          'invalid',
          'aliases conflicts cannot be resolved with multiple from entity ids - merge one entity at a time',
        )
      await mergeEntities(tx, { into, from, keep, now })
      return undefined
    },
  },
})

/** Merging must not enable a disabled entity. @throws {ApiError} invalid */
function requireAsEnabled(entity: Entity, into: Entity): void {
  if (entity.disabled && !into.disabled)
    throw new ApiError(
      'invalid',
      `entity "${entity.name}" is disabled, but its tokens would act for "${into.name}", which is not: enable the first or disable the second`,
    )
}
