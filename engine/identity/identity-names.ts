import { randomBytes } from 'node:crypto'
import { ApiError } from '../api/errors.ts'
import { Gone } from '../storage/kept.ts'
import {
  BEGUN,
  type Moved,
  type NameIndex,
  type Names,
  type Naming,
} from '../storage/name-index.ts'
import { Table } from '../storage/table.ts'
import type { Tx } from '../storage/transact.ts'

/** How names of entities, groups and aliases are stored, and whether nodes of an older version may still run. */
interface StoredNames {
  readonly key: string
  readonly naming: Naming
  /** Milliseconds since 1970: when a node of this version first opened the store. */
  readonly since?: number
}

/** Milliseconds for which nodes of an older version may run beside this one. */
const BESIDE_OLDER = 86_400_000

const records = new Table<StoredNames>('identity/')
const NAME = 'names'

/** Records in a new store that all names are keyed. */
export const newNames = (tx: Tx): void => records.put(tx, NAME, { key: newKey(), naming: 'keyed' })

/**
 * Records in a store of an older version that names are not keyed yet.
 * @param indexes of all names @throws {Gone} if the record was deleted from the storage
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

/** How names are looked up in this transaction. @throws {Gone} */
export function namesIn(tx: Tx): Promise<Names> {
  const names = known.get(tx) ?? stored(tx).then(({ key, naming }) => ({ tx, key, naming }))
  known.set(tx, names)
  return names
}

/** By transaction, which reads the record once. */
const known = new WeakMap<Tx, Promise<Names>>()

/** Moves some names, once nodes of an older version can no longer run, and records the progress. @param move moves some of them */
export async function moveOlder(
  tx: Tx,
  now: Date,
  move: (names: Names) => Promise<Moved>,
): Promise<Moved> {
  const record = await stored(tx)
  const { key, naming, since = 0 } = record
  if (naming === 'older' && now.getTime() - since < BESIDE_OLDER) return { moved: 0, left: true }
  if (naming === 'older') {
    records.put(tx, NAME, { key, naming: 'moving' })
    return BEGUN
  }
  const done = await move({ tx, key, naming: 'moving' })
  const next = done.left ? 'moving' : 'keyed'
  if (next !== naming) records.put(tx, NAME, { key, naming: next })
  return done
}

/** @throws {ApiError} invalid for text that is not well-formed Unicode, since different such texts have the same encoding */
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
