import { boolean, list, name, pairs, rest, string, type Values } from '../../shared/field.ts'
import type { Call } from '../api/call.ts'
import { endpoint } from '../api/endpoint.ts'
import { ApiError } from '../api/errors.ts'
import type { Reply } from '../api/reply.ts'
import { requireAny, requireFound } from '../api/require-found.ts'
import type { Tx } from '../storage/transact.ts'
import { noteDisabled } from './disabled.ts'
import {
  deleteEntity,
  type Entity,
  entityIds,
  entityOfName,
  findEntity,
  newEntity,
  putEntity,
} from './entities.ts'
import { directGroups, forgetMember, groupsAbove } from './groups.ts'
import { describeAliases, describeTimes, type MountOf, policyNames } from './view.ts'

const settings = {
  metadata: pairs({ description: 'Metadata of the entity, which templates can use.' }),
  policies: list({ description: 'Policies that all tokens of the entity have.' }),
  disabled: boolean({
    description: 'Whether the entity is disabled: its tokens are refused, and it cannot log in.',
  }),
}

const fields = {
  id: string({ default: '', description: 'Id of an existing entity to change.' }),
  name: string({ default: '', description: 'Name of the entity.' }),
  ...settings,
}

type EntityFields = Values<typeof fields>

const id = name({ default: '', description: 'Id of the entity.' })

/** `entity`. Contract §4.10. */
export const entityPaths = (mountOf: MountOf) => [
  endpoint({
    path: 'entity',
    summary: 'Creates or changes an entity.',
    description: 'An entity is one user or machine, by whatever auth methods it logs in.',
    fields,
    operations: {
      update: async function writeEntity(given, call) {
        return write(await meant(call.tx, given), given, call)
      },
    },
  }),
  endpoint({
    path: 'entity/id',
    summary: 'Lists the entities by id.',
    description: 'Returns the ids, and the name and aliases of each.',
    fields: {},
    operations: {
      list: function listEntityIds(_, { tx }) {
        return listed(tx, mountOf, entity => entity.id)
      },
    },
  }),
  endpoint({
    path: 'entity/id/:id',
    summary: 'Reads, changes or deletes an entity by id.',
    description: 'Deleting an entity deletes its aliases. Its tokens are no longer valid.',
    fields: { ...fields, id },
    operations: {
      update: async function writeEntityById(given, call) {
        const entity = await findEntity(call.tx, given.id)
        if (!entity) throw new ApiError('invalid', 'entity not found from id')
        return write(entity, given, call)
      },
      read: async function readEntityById({ id: asked }, { tx }) {
        return shown(tx, await findEntity(tx, asked), mountOf)
      },
      delete: async function deleteEntityById({ id: asked }, { tx }) {
        return remove(tx, await findEntity(tx, asked))
      },
    },
  }),
  endpoint({
    path: 'entity/name',
    summary: 'Lists the entities by name.',
    description: 'Returns the names, and the name and aliases of each.',
    fields: {},
    operations: {
      list: function listEntityNames(_, { tx }) {
        return listed(tx, mountOf, entity => entity.name)
      },
    },
  }),
  endpoint({
    path: 'entity/name/:name',
    anyCase: true,
    summary: 'Creates, reads, changes or deletes an entity by name.',
    description: 'Deleting an entity deletes its aliases. Its tokens are no longer valid.',
    fields: { ...settings, name: rest({ default: '', description: 'Name of the entity.' }) },
    operations: {
      update: async function writeEntityByName(given, call) {
        return write(await entityOfName(call.tx, given.name), { ...given, id: '' }, call)
      },
      read: async function readEntityByName({ name: asked }, { tx }) {
        return shown(tx, await entityOfName(tx, asked), mountOf)
      },
      delete: async function deleteEntityByName({ name: asked }, { tx }) {
        return remove(tx, await entityOfName(tx, asked))
      },
    },
  }),
  endpoint({
    path: 'entity/batch-delete',
    summary: 'Deletes several entities.',
    description: 'Deleting an entity deletes its aliases. Its tokens are no longer valid.',
    fields: { entity_ids: list({ default: [], description: 'Ids of the entities.' }) },
    operations: {
      update: async function deleteEntities({ entity_ids: ids }, { tx }) {
        if (ids.length === 0) throw new ApiError('invalid', 'missing entity ids to delete')
        for (const each of new Set(ids)) await remove(tx, await findEntity(tx, each))
        return undefined
      },
    },
  }),
]

/** The entity to change; undefined if one is to be created. */
async function meant(
  tx: Tx,
  { id: wanted, name: called }: EntityFields,
): Promise<Entity | undefined> {
  if (wanted === '') return called === '' ? undefined : entityOfName(tx, called)
  const entity = await findEntity(tx, wanted)
  if (!entity) throw new ApiError('invalid', 'entity not found from id')
  return entity
}

async function write(
  old: Entity | undefined,
  given: EntityFields,
  { tx, now }: Call,
): Promise<Reply | undefined> {
  const policies = given.policies && policyNames(given.policies)
  const named = given.name === '' ? undefined : await entityOfName(tx, given.name)
  if (named && old && named.id !== old.id)
    throw new ApiError('invalid', 'entity name is already in use')
  const entity = old ?? (await newEntity(tx, { name: given.name, now }))
  await putEntity(
    tx,
    {
      ...entity,
      name: given.name || entity.name,
      metadata: given.metadata ?? entity.metadata,
      policies: policies ?? entity.policies,
      disabled: given.disabled ?? entity.disabled,
      updatedAt: now.getTime(),
    },
    entity,
  )
  await noteDisabled(tx, [entity.id])
  return old ? undefined : { data: { id: entity.id, name: entity.name, aliases: null } }
}

/** The reply that shows an entity. @throws {ApiError} missing, if there is none */
export async function shown(tx: Tx, found: Entity | undefined, mountOf: MountOf): Promise<Reply> {
  const entity = requireFound(found)
  const direct = await directGroups(tx, entity.id)
  const ids = direct.map(group => group.id)
  const inherited = (await groupsAbove(tx, direct)).map(group => group.id)
  return {
    data: {
      id: entity.id,
      name: entity.name,
      metadata: entity.metadata,
      policies: [...entity.policies].sort(),
      disabled: entity.disabled,
      aliases: await describeAliases(tx, entity, mountOf),
      direct_group_ids: ids,
      inherited_group_ids: inherited,
      group_ids: [...ids, ...inherited],
      merged_entity_ids: entity.mergedFrom ?? null,
      ...describeTimes(entity),
      namespace_id: 'root',
    },
  }
}

async function remove(tx: Tx, entity: Entity | undefined): Promise<undefined> {
  if (!entity) return
  await deleteEntity(tx, entity)
  await forgetMember(tx, entity.id)
  await noteDisabled(tx, [entity.id])
}

async function listed(tx: Tx, mountOf: MountOf, key: (entity: Entity) => string): Promise<Reply> {
  const keys: string[] = []
  const info: Record<string, object> = {}
  for (const each of await entityIds(tx)) {
    const entity = await findEntity(tx, each)
    if (!entity) continue
    keys.push(key(entity))
    info[entity.id] = { name: entity.name, aliases: await describeAliases(tx, entity, mountOf) }
  }
  return { data: { keys: requireAny(keys.sort()), key_info: info } }
}
