import { Invalid } from '../../shared/invalid.ts'
import type { Store } from '../storage/store.ts'
import { Table } from '../storage/table.ts'
import { type Tx, transact } from '../storage/transact.ts'
import { sealRecord } from './seal-record.ts'

/**
 * Says that this storage is an older copy which has been put back. It is written without the keys of the barrier, so it stands in the clear;
 * whoever could write it could as well put back other values.
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

/** There until all that the copy has brought back is ended. */
export const restoration = (tx: Tx): Promise<Restoration | undefined> => records.get(tx, NAME)

/** Says so of a storage that has been put back by other means. @throws {Invalid} where there is none */
export const markRestored = (store: Store, record: Restoration): Promise<void> =>
  transact(store, async tx => {
    if (!(await sealRecord(tx))) throw new Invalid('the storage has not been initialized')
    tx.put(...restorationEntry(record))
  })

/** The record as it is stored, and under which key. */
export const restorationEntry = (
  record: Restoration,
): readonly [key: string, value: Uint8Array] => [FOLDER + NAME, Buffer.from(JSON.stringify(record))]

export const deleteRestoration = (tx: Tx): void => records.delete(tx, NAME)
