import { randomUUID } from 'node:crypto'
import { Missing } from '../storage/kept-table.ts'
import { type Named, NameIndex } from '../storage/name-index.ts'
import { Table } from '../storage/table.ts'
import type { Tx } from '../storage/transact.ts'
import { untampered } from '../storage/untampered.ts'
import { aliasKey } from './alias-name.ts'
import { namesIn, requireText } from './identity-names.ts'

/** A user or machine, by whatever auth method it logs in. Times are milliseconds since 1970. */
export interface Entity {
  readonly id: string
  /** Unique, ignoring case. */
  readonly name: string
  readonly metadata: Readonly<Record<string, string>>
  readonly policies: readonly string[]
  /** Its tokens are refused, and it cannot log in. */
  readonly disabled: boolean
  /** Ids of its aliases, at most one for each mount. */
  readonly aliases: readonly string[]
  /** Ids of the entities that have been merged into it. */
  readonly mergedFrom?: readonly string[]
  /** There is a record of its groups, even if it has none. Entities of older versions may have no record. */
  readonly hasMembership?: true
  readonly createdAt: number
  readonly updatedAt: number
}

/** The name of an entity in an auth method. */
export interface Alias {
  readonly id: string
  /** As it was first written: templates put it into certificates, and clients compare it with what they wrote. */
  readonly name: string
  /** The key in the index, see {@link aliasKey}; absent if it is the name. */
  readonly key?: string
  /** Accessor of the mount of the auth method. */
  readonly mount: string
  /** Id of the entity. */
  readonly entity: string
  /** Metadata from the auth method, updated with every login. */
  readonly metadata: Readonly<Record<string, string>>
  /** Metadata set by an operator. */
  readonly customMetadata: Readonly<Record<string, string>>
  /** Ids of the entities to which it belonged before they were merged. */
  readonly mergedFrom?: readonly string[]
  readonly createdAt: number
  readonly updatedAt: number
}

const entities = new Table<Entity>('identity/entity/', { cached: true })
const byName = new NameIndex<{ readonly id: string }>({
  keyed: 'identity/by-entity-name/',
  older: 'identity/entity-name/',
})
const aliases = new Table<Alias>('identity/alias/', { cached: true })
const byFactors = new NameIndex<{ readonly id: string }>({
  keyed: 'identity/by-alias-name/',
  older: 'identity/alias-name/',
})
/** By the id of a merged entity: the id of the entity that it was merged into. */
const merged = new Table<{ readonly id: string }>('identity/entity-merged/')

/** By the id of an entity or group: ids of the groups that have it as a direct member. */
export const memberships = new Table<{ readonly groups: readonly string[] }>('identity/member/', {
  cached: true,
})

export const findEntity = (tx: Tx, id: string): Promise<Entity | undefined> =>
  id.includes('/') ? Promise.resolve(undefined) : entities.get(tx, id)

/** The entity for which tokens of this entity act: itself, or the one that it was merged into. */
export async function actingEntity(tx: Tx, id: string): Promise<Entity | undefined> {
  const found = await findEntity(tx, id)
  if (found) return found
  const into = await merged.get(tx, id)
  return into && findEntity(tx, into.id)
}

export async function entityOfName(tx: Tx, name: string): Promise<Entity | undefined> {
  const entry = await byName.get(await namesIn(tx), named(name))
  return entry && findEntity(tx, entry.id)
}

export const entityIds = (tx: Tx): Promise<readonly string[]> => entities.list(tx)

/** Creates an entity. The caller must have checked that the name is free. */
export async function newEntity(
  tx: Tx,
  { name, now }: { readonly name?: string; readonly now: Date },
): Promise<Entity> {
  const id = randomUUID()
  const at = now.getTime()
  const entity: Entity = {
    id,
    name: name || `entity_${id.slice(0, 8)}`,
    metadata: {},
    policies: [],
    disabled: false,
    aliases: [],
    hasMembership: true,
    createdAt: at,
    updatedAt: at,
  }
  await putEntity(tx, entity, undefined)
  memberships.put(tx, id, { groups: [] })
  return entity
}

/** Stores an entity in place of `old`, which may have another name. */
export async function putEntity(tx: Tx, entity: Entity, old: Entity | undefined): Promise<void> {
  const names = await namesIn(tx)
  if (old && named(old.name).text !== named(entity.name).text) byName.delete(names, named(old.name))
  entities.put(tx, entity.id, entity)
  byName.put(names, named(entity.name), { id: entity.id })
}

/** Deletes an entity, its aliases, and the records of entities merged into it. */
export async function deleteEntity(tx: Tx, entity: Entity): Promise<void> {
  for (const alias of await aliasesOf(tx, entity)) await dropAlias(tx, alias)
  for (const id of entity.mergedFrom ?? []) merged.delete(tx, id)
  await dropEntity(tx, entity)
}

/** Deletes an entity whose aliases were moved to another one, for which its tokens then act. */
export async function replaceEntity(tx: Tx, entity: Entity, by: Entity): Promise<void> {
  await dropEntity(tx, entity)
  for (const id of [...(entity.mergedFrom ?? []), entity.id]) merged.put(tx, id, { id: by.id })
}

async function dropEntity(tx: Tx, { id, name }: Entity): Promise<void> {
  byName.delete(await namesIn(tx), named(name))
  entities.delete(tx, id)
}

export const findAlias = (tx: Tx, id: string): Promise<Alias | undefined> =>
  id.includes('/') ? Promise.resolve(undefined) : aliases.get(tx, id)

/** The alias with this name at the mount with this accessor. @throws {Missing} if it was deleted from the storage */
export async function aliasOf(tx: Tx, mount: string, name: string): Promise<Alias | undefined> {
  const key = await aliasKey(tx, mount, name)
  const entry = await byFactors.get(await namesIn(tx), calledAt({ mount, name: key }))
  const alias = entry && (await findAlias(tx, entry.id))
  // the engine deletes both in one commit; a login must not create a new entity
  if (entry && !alias) throw new Missing(`identity/alias/${entry.id}`, undefined)
  return alias
}

export const aliasIds = (tx: Tx): Promise<readonly string[]> => aliases.list(tx)

/** The aliases of an entity. */
export async function aliasesOf(tx: Tx, entity: Entity): Promise<readonly Alias[]> {
  const found: Alias[] = []
  for (const id of entity.aliases) {
    const alias = await findAlias(tx, id)
    if (alias) found.push(alias)
  }
  return found
}

/** Creates an alias of an entity. The name must be free. */
export async function newAlias(
  tx: Tx,
  entity: Entity,
  { now, ...given }: Pick<Alias, 'name' | 'mount'> & Partial<Alias> & { readonly now: Date },
): Promise<Alias> {
  const at = now.getTime()
  const alias: Alias = {
    id: randomUUID(),
    metadata: {},
    customMetadata: {},
    createdAt: at,
    ...given,
    key: await aliasKey(tx, given.mount, given.name),
    entity: entity.id,
    updatedAt: at,
  }
  await putAlias(tx, alias, undefined)
  await putEntity(tx, { ...entity, aliases: [...entity.aliases, alias.id], updatedAt: at }, entity)
  return alias
}

/** Stores an alias in place of `old`. */
export async function putAlias(tx: Tx, alias: Alias, old: Alias | undefined): Promise<void> {
  const names = await namesIn(tx)
  if (old) byFactors.delete(names, calledAt(old))
  aliases.put(tx, alias.id, alias)
  byFactors.put(names, calledAt(alias), { id: alias.id })
}

/** Deletes an alias, but does not remove it from its entity. */
export async function dropAlias(tx: Tx, alias: Alias): Promise<void> {
  byFactors.delete(await namesIn(tx), calledAt(alias))
  aliases.delete(tx, alias.id)
}

export async function deleteAlias(tx: Tx, alias: Alias): Promise<void> {
  await dropAlias(tx, alias)
  const entity = await findEntity(tx, alias.entity)
  if (!entity) return
  const left = entity.aliases.filter(id => id !== alias.id)
  await putEntity(tx, { ...entity, aliases: left }, entity)
}

const named = (name: string): Named => ({ text: requireText(name.toLowerCase()) })

const calledAt = ({ mount, name, key = name }: Pick<Alias, 'mount' | 'name' | 'key'>): Named => ({
  folder: `${encodeURIComponent(mount)}/`,
  text: requireText(key),
})

/** The indexes of names, and how to compute the name of an entry; undefined if its entity or alias is missing. */
export const entityNames = {
  byName,
  byAlias: byFactors,
  async namedOf(tx: Tx, id: string) {
    const entity = await untampered(findEntity(tx, id))
    return entity && [named(entity.name)]
  },
  async calledOf(tx: Tx, id: string) {
    const alias = await untampered(findAlias(tx, id))
    return alias && [calledAt(alias)]
  },
}
