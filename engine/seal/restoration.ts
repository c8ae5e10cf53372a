import { Invalid } from '../../shared/invalid.ts'
import type { Store } from '../storage/store.ts'
import { Table } from '../storage/table.ts'
import { type Tx, transact } from '../storage/transact.ts'
import { sealRecord } from './seal-record.ts'

/**
 * Marks this storage as an older copy that was restored. It is written without the keys of the barrier, and therefore in plaintext: an attacker
 * who can write it can also restore other values.
 */
export interface Restoration {
  /** Milliseconds since 1970. */
  readonly at: number
  /** Whether root tokens stay valid. */
  readonly keepRoot: boolean
}

const FOLDER = 'seal/'
const NAME = 'restored'

const records = new Table<Restoration>(FOLDER)

/** Exists until everything that the restored copy contains has been revoked. */
export const restoration = (tx: Tx): Promise<Restoration | undefined> => records.get(tx, NAME)

/** Marks a storage that was restored by other means. @throws {Invalid} if it has not been initialized */
export const markRestored = (store: Store, record: Restoration): Promise<void> =>
  transact(store, async tx => {
    if (!(await sealRecord(tx))) throw new Invalid('the storage has not been initialized')
    tx.put(...restorationEntry(record))
  })

/** The key and value of the record. */
export const restorationEntry = (
  record: Restoration,
): readonly [key: string, value: Uint8Array] => [FOLDER + NAME, Buffer.from(JSON.stringify(record))]

export const deleteRestoration = (tx: Tx): void => records.delete(tx, NAME)
