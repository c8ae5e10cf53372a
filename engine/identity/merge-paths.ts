import { boolean, list, string } from '../../shared/field.ts'
import { endpoint } from '../api/endpoint.ts'
import { ApiError } from '../api/errors.ts'
import { type Entity, findEntity } from './entities.ts'
import { mergeEntities } from './merge.ts'

/** `entity/merge`: somebody who has become several entities by logging in in several ways is one again. */
export const mergePath = endpoint({
  path: 'entity/merge',
  summary: 'Merges entities into another.',
  description:
    'Their aliases and their places in groups go over to it, and their tokens act for it; their own policies and metadata are dropped. Certificates that they asked for are still found, and revoked, by the old ids, which merged_entity_ids of the entity tells.',
  fields: {
    to_entity_id: string({ default: '', description: 'Id of the entity that stays.' }),
    from_entity_ids: list({ default: [], description: 'Ids of the entities that go.' }),
    conflicting_alias_ids_to_keep: list({
      default: [],
      description:
        'Where two of them have an alias for the same mount, the one that stays; the other goes. For one entity at a time.',
    }),
    force: boolean({
      default: false,
      description: 'Accepted for compatibility: it is about second factors.',
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

/** Whoever has been locked out does not come back in by a merger. */
function requireAsEnabled(entity: Entity, into: Entity): void {
  if (entity.disabled && !into.disabled)
    throw new ApiError(
      'invalid',
      `entity "${entity.name}" is disabled, and who acts for it would act for "${into.name}": enable it first, or disable that one`,
    )
}
