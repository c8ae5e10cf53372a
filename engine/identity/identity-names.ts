import { randomBytes } from 'node:crypto'
import { ApiError } from '../api/errors.ts'
import { Gone } from '../storage/kept.ts'
import type { Moved, NameIndex, Names, Naming } from '../storage/name-index.ts'
import { Table } from '../storage/table.ts'
import type { Tx } from '../storage/transact.ts'

/** How entities, groups and aliases are found by what they are called, and whether nodes of an older version may run. */
interface StoredNames {
  readonly key: string
  readonly naming: Naming
  /** Milliseconds since 1970: when a node of this version first opened the store. */
  readonly since?: number
}

/** For so long nodes of an older version may run beside this one, in milliseconds. */
const BESIDE_OLDER = 86_400_000

const records = new Table<StoredNames>('identity/')
const NAME = 'names'

/** Writes down, in a new store, that all names are keyed. */
export const newNames = (tx: Tx): void => records.put(tx, NAME, { key: newKey(), naming: 'keyed' })

/**
 * Writes down, where an older version has made the store, that names are still found as it has written them.
 * @param indexes of all names @throws {Gone} if the record has been deleted from the storage
 */
export async function keepNaming(
  tx: Tx,
  indexes: readonly NameIndex<object>[],
  now: Date,
): Promise<void> {
  if (await records.get(tx, NAME)) return
  for (const index of indexes) if (await index.isKeyed(tx)) throw gone()
  records.put(tx, NAME, { key: newKey(), naming: 'older', since: now.getTime() })
}

/** Where the transaction finds names. @throws {Gone} */
export function namesIn(tx: Tx): Promise<Names> {
  const names = known.get(tx) ?? stored(tx).then(({ key, naming }) => ({ tx, key, naming }))
  known.set(tx, names)
  return names
}

/** By transactions, which read the record once. */
const known = new WeakMap<Tx, Promise<Names>>()

/** Moves some names as the record says that it is time to, and writes down how far it has come. @param move moves some of them */
export async function moveOlder(
  tx: Tx,
  now: Date,
  move: (names: Names) => Promise<Moved>,
): Promise<Moved> {
  const record = await stored(tx)
  const { key, naming, since = 0 } = record
  if (naming === 'older' && now.getTime() - since < BESIDE_OLDER) return { moved: 0, left: true }
  const done = await move({ tx, key, naming: 'moving' })
  const next = done.left ? 'moving' : 'keyed'
  if (next !== naming) records.put(tx, NAME, { key, naming: next })
  return done
}

/** @throws {ApiError} invalid for a text that is no Unicode: two of them could be written as one */
export function requireText(name: string): string {
  if (!name.isWellFormed()) throw new ApiError('invalid', 'name is not well-formed Unicode')
  return name
}

async function stored(tx: Tx): Promise<StoredNames> {
  const found = await records.get(tx, NAME)
  if (!found) throw gone()
  return found
}

const gone = () => new Gone(`identity/${NAME}`)

const newKey = () => randomBytes(32).toString('hex')
