import { Missing } from '../storage/kept-table.ts'
import { Table } from '../storage/table.ts'
import type { Tx } from '../storage/transact.ts'
import { aliasKey } from './alias-name.ts'
import { type Alias, aliasesOf, entityIds, findEntity } from './entities.ts'

/**
 * The disabled entities with the names of their aliases. If such an entity or its aliases are deleted from the storage, a login must not
 * create a new entity.
 */
interface Disabled {
  readonly entities: readonly (readonly [id: string, called: readonly string[]])[]
}

const records = new Table<Disabled>('identity/')
const NAME = 'disabled'

const callOf = ({ mount, name, key = name }: Pick<Alias, 'mount' | 'name' | 'key'>) =>
  `${mount}/${key}`

/** Updates the record. Must be called last, after entities or their aliases were changed, merged or deleted. */
export async function noteDisabled(tx: Tx, ids: readonly string[]): Promise<void> {
  const before = (await records.get(tx, NAME))?.entities ?? []
  const entities = before.filter(([id]) => !ids.includes(id))
  for (const id of new Set(ids)) {
    const called = await calledWhileDisabled(tx, id)
    if (called) entities.push([id, called])
  }
  if (JSON.stringify(entities) !== JSON.stringify(before)) records.put(tx, NAME, { entities })
}

async function calledWhileDisabled(tx: Tx, id: string): Promise<readonly string[] | undefined> {
  const entity = await findEntity(tx, id)
  return entity?.disabled ? (await aliasesOf(tx, entity)).map(callOf) : undefined
}

/** Records which entities an older version has disabled. */
export async function keepDisabled(tx: Tx): Promise<void> {
  if (await records.get(tx, NAME)) return
  await noteDisabled(tx, await entityIds(tx))
}

/** Checks that a name without an alias does not belong to a disabled entity. @throws {Missing} if it does */
export async function requireNotDisabled(
  tx: Tx,
  { mount, name }: Pick<Alias, 'mount' | 'name'>,
): Promise<void> {
  const called = callOf({ mount, name: await aliasKey(tx, mount, name) })
  const found = (await records.get(tx, NAME))?.entities ?? []
  const disabled = found.find(([, names]) => names.includes(called))
  if (disabled) throw new Missing(`identity/entity/${disabled[0]}`, undefined)
}
