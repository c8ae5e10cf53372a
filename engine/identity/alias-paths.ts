import { name, older, pairs, string, type Values } from '../../shared/field.ts'
import type { Call } from '../api/call.ts'
import { endpoint } from '../api/endpoint.ts'
import { ApiError } from '../api/errors.ts'
import type { Reply } from '../api/reply.ts'
import { requireAny, requireFound } from '../api/require-found.ts'
import type { Tx } from '../storage/transact.ts'
import { aliasKey } from './alias-name.ts'
import { noteDisabled } from './disabled.ts'
import {
  type Alias,
  aliasesOf,
  aliasIds,
  aliasOf,
  deleteAlias,
  type Entity,
  findAlias,
  findEntity,
  newAlias,
  newEntity,
  putAlias,
  putEntity,
} from './entities.ts'
import { describeAlias, type MountOf } from './view.ts'

const entity = string({ default: '', description: 'Id of the entity.' })

const fields = {
  id: string({ default: '', description: 'Id of an existing alias to change.' }),
  name: string({ default: '', description: 'Name of the entity in the auth method.' }),
  canonical_id: entity,
  entity_id: older('canonical_id', entity),
  mount_accessor: string({ default: '', description: 'Accessor of the mount of the auth method.' }),
  custom_metadata: pairs({ description: 'Metadata of the alias, which templates can use.' }),
}

type AliasFields = Values<typeof fields>

/** `entity-alias`: names of entities in auth methods. Contract §4.10. */
export const aliasPaths = (mountOf: MountOf) => {
  async function updateAlias(given: AliasFields, call: Call): Promise<Reply> {
    if (given.mount_accessor !== '') requireMount(mountOf, given.mount_accessor)
    return change(await known(call.tx, given.id), given, call)
  }
  return [
    endpoint({
      path: 'entity-alias',
      summary: 'Creates or changes an alias of an entity.',
      description:
        'A login with this name at the auth method acts for the entity. An entity can have one alias for each mount.',
      fields,
      operations: {
        update: async function writeAlias(given, call) {
          if (given.id !== '') return updateAlias(given, call)
          if (given.mount_accessor === '' || given.name === '')
            throw new ApiError('invalid', "'id' or 'mount_accessor' and 'name' must be provided")
          requireMount(mountOf, given.mount_accessor)
          const alias = await aliasOf(call.tx, given.mount_accessor, given.name)
          return alias ? change(alias, given, call) : create(given, call)
        },
      },
    }),
    endpoint({
      path: 'entity-alias/id',
      summary: 'Lists the aliases by id.',
      description: 'Returns the ids, and the name and entity of each.',
      fields: {},
      operations: {
        list: function listAliases(_, { tx }) {
          return listed(tx, mountOf)
        },
      },
    }),
    endpoint({
      path: 'entity-alias/id/:id',
      summary: 'Reads, changes or deletes an alias.',
      description:
        'Deleting an alias does not delete its entity. The next login with its name creates a new entity.',
      fields: { ...fields, id: name({ default: '', description: 'Id of the alias.' }) },
      operations: {
        read: async function readAlias({ id }, { tx }) {
          const alias = requireFound(await findAlias(tx, id))
          return { data: describeAlias(alias, mountOf) }
        },
        update: updateAlias,
        delete: async function deleteAliasById({ id }, { tx }) {
          const alias = await findAlias(tx, id)
          if (!alias) return undefined
          await deleteAlias(tx, alias)
          await noteDisabled(tx, [alias.entity])
          return undefined
        },
      },
    }),
  ]
}

/** @throws {ApiError} invalid */
export function requireMount(mountOf: MountOf, accessor: string): void {
  if (!mountOf(accessor))
    throw new ApiError('invalid', `invalid mount accessor ${JSON.stringify(accessor)}`)
}

async function known(tx: Tx, id: string): Promise<Alias> {
  const alias = await findAlias(tx, id)
  if (!alias) throw new ApiError('invalid', 'invalid alias ID provided')
  return alias
}

async function create(given: AliasFields, { tx, now }: Call): Promise<Reply> {
  const wanted = given.canonical_id || given.entity_id
  const found = wanted === '' ? undefined : await findEntity(tx, wanted)
  if (wanted !== '' && !found) throw new ApiError('invalid', 'invalid canonical ID')
  const entity = found ?? (await newEntity(tx, { now }))
  const mount = given.mount_accessor
  if (await hasAlias(tx, entity, mount))
    throw new ApiError('invalid', 'Alias already exists for requested entity and mount accessor')
  const customMetadata = given.custom_metadata ?? {}
  const alias = await newAlias(tx, entity, { name: given.name, mount, customMetadata, now })
  await noteDisabled(tx, [entity.id])
  return { data: { id: alias.id, canonical_id: entity.id } }
}

/** Renames an alias, or moves it to another mount or entity. */
async function change(alias: Alias, given: AliasFields, { tx, now }: Call): Promise<Reply> {
  const called = given.name || alias.name
  const mount = given.mount_accessor || alias.mount
  const key = await aliasKey(tx, mount, called)
  const renamed = { ...alias, mount, name: called, key, updatedAt: now.getTime() }
  const other = await aliasOf(tx, mount, renamed.name)
  if (other && other.id !== alias.id)
    throw new ApiError(
      'invalid',
      'alias with combination of mount accessor and name already exists',
    )
  const entity = given.canonical_id || given.entity_id || alias.entity
  if (entity !== alias.entity) await move(tx, renamed, entity)
  else if (mount !== alias.mount) await requireRoom(tx, renamed)
  const customMetadata = given.custom_metadata ?? alias.customMetadata
  await putAlias(tx, { ...renamed, entity, customMetadata }, alias)
  await noteDisabled(tx, [alias.entity, entity])
  return { data: { id: alias.id, canonical_id: entity } }
}

async function move(tx: Tx, { id, mount, entity }: Alias, to: string): Promise<void> {
  const [old, entitled] = [await findEntity(tx, entity), await findEntity(tx, to)]
  if (!entitled)
    throw new ApiError('invalid', "given 'canonical_id' is not associated with an entity")
  if (await hasAlias(tx, entitled, mount))
    throw new ApiError(
      'invalid',
      'Alias cannot be updated as the given entity already has an alias for this mount ',
    )
  if (old) await putEntity(tx, { ...old, aliases: old.aliases.filter(each => each !== id) }, old)
  await putEntity(tx, { ...entitled, aliases: [...entitled.aliases, id] }, entitled)
}

/** @throws {ApiError} invalid, if the entity already has an alias for the new mount */
async function requireRoom(tx: Tx, { mount, entity }: Alias): Promise<void> {
  const own = await findEntity(tx, entity)
  if (own && (await hasAlias(tx, own, mount)))
    throw new ApiError(
      'invalid',
      "Alias cannot be updated as the entity already has an alias for the given 'mount_accessor' ",
    )
}

const hasAlias = async (tx: Tx, entity: Entity, mount: string) =>
  (await aliasesOf(tx, entity)).some(alias => alias.mount === mount)

async function listed(tx: Tx, mountOf: MountOf): Promise<Reply> {
  const keys = requireAny(await aliasIds(tx))
  const info: Record<string, object> = {}
  for (const id of keys) {
    const alias = await findAlias(tx, id)
    if (alias) info[id] = describeAlias(alias, mountOf)
  }
  return { data: { keys, key_info: info } }
}
