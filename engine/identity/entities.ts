import { randomUUID } from 'node:crypto'
import { Missing } from '../storage/kept-table.ts'
import { type Named, NameIndex } from '../storage/name-index.ts'
import { Table } from '../storage/table.ts'
import type { Tx } from '../storage/transact.ts'
import { untampered } from '../storage/untampered.ts'
import { aliasKey } from './alias-name.ts'
import { namesIn, requireText } from './identity-names.ts'

/** Somebody, or something, that logs in, by whatever method. Times are milliseconds since 1970. */
export interface Entity {
  readonly id: string
  /** Unique, in any case of its letters. */
  readonly name: string
  readonly metadata: Readonly<Record<string, string>>
  readonly policies: readonly string[]
  /** Its tokens are good for nothing, and it cannot log in. */
  readonly disabled: boolean
  /** Ids, at most one for each mount. */
  readonly aliases: readonly string[]
  /** Ids of the entities that have been merged into it. */
  readonly mergedFrom?: readonly string[]
  /** What groups it is in stands in a record, also where it is in none. Entities of older versions may have none. */
  readonly hasMembership?: true
  readonly createdAt: number
  readonly updatedAt: number
}

/** What an entity is called by an auth method. */
export interface Alias {
  readonly id: string
  /** As it was said first: templates put it into certificates, and clients compare it with what they wrote. */
  readonly name: string
  /** What it is found by, as {@link aliasKey} gives it; without one, by its name. */
  readonly key?: string
  /** Accessor of the mount of the method. */
  readonly mount: string
  /** Id of the entity. */
  readonly entity: string
  /** What the method says of it, anew with every login. */
  readonly metadata: Readonly<Record<string, string>>
  /** What an operator has written down. */
  readonly customMetadata: Readonly<Record<string, string>>
  /** Ids of the entities that it belonged to before they were merged. */
  readonly mergedFrom?: readonly string[]
  readonly createdAt: number
  readonly updatedAt: number
}

const entities = new Table<Entity>('identity/entity/', { recalled: true })
const byName = new NameIndex<{ readonly id: string }>({
  keyed: 'identity/by-entity-name/',
  older: 'identity/entity-name/',
})
const aliases = new Table<Alias>('identity/alias/', { recalled: true })
const byFactors = new NameIndex<{ readonly id: string }>({
  keyed: 'identity/by-alias-name/',
  older: 'identity/alias-name/',
})
/** By the id of an entity that is no more: of the one that it has been merged into. */
const merged = new Table<{ readonly id: string }>('identity/entity-merged/')

/** By the id of an entity or of a group: ids of the groups that name it as a member. */
export const memberships = new Table<{ readonly groups: readonly string[] }>('identity/member/', {
  recalled: true,
})

export const findEntity = (tx: Tx, id: string): Promise<Entity | undefined> =>
  id.includes('/') ? Promise.resolve(undefined) : entities.get(tx, id)

/** The entity for which somebody acts who has logged in for this one, which may have been merged into another since. */
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

/** Makes an entity, of a name that the caller has found to be free. */
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

/** Stores an entity in place of `old`, whose name it need not keep. */
export async function putEntity(tx: Tx, entity: Entity, old: Entity | undefined): Promise<void> {
  const names = await namesIn(tx)
  if (old && named(old.name).text !== named(entity.name).text) byName.delete(names, named(old.name))
  entities.put(tx, entity.id, entity)
  byName.put(names, named(entity.name), { id: entity.id })
}

/** Deletes an entity and its aliases. Of those merged into it nothing is left either. */
export async function deleteEntity(tx: Tx, entity: Entity): Promise<void> {
  for (const alias of await aliasesOf(tx, entity)) await dropAlias(tx, alias)
  for (const id of entity.mergedFrom ?? []) merged.delete(tx, id)
  await dropEntity(tx, entity)
}

/** Deletes an entity whose aliases have gone over to another; for whoever has logged in for it, that one stands in its place. */
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

/** The alias of a name at the mount with this accessor. @throws {Missing} for one that has been deleted from the storage */
export async function aliasOf(tx: Tx, mount: string, name: string): Promise<Alias | undefined> {
  const key = await aliasKey(tx, mount, name)
  const entry = await byFactors.get(await namesIn(tx), calledAt({ mount, name: key }))
  const alias = entry && (await findAlias(tx, entry.id))
  // both go in one commit; who logs in must not become somebody new
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

/** Gives an entity an alias, which nobody has yet. */
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

/** Deletes an alias, of which its entity must still be told. */
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

/** The indexes of names, each with the name that an entry stands for; none where what it leads to is missing. */
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
