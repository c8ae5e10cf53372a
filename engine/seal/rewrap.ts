import type { Store } from '../storage/store.ts'
import { transact } from '../storage/transact.ts'
import { putSealRecord, sealRecord, wrapRootKey } from './seal-record.ts'

/** Has the store opened with this seal key from now on. */
export const rewrap = (store: Store, rootKey: Buffer, sealKey: Buffer): Promise<void> =>
  transact(store, async tx => {
    const record = await sealRecord(tx)
    if (record) putSealRecord(tx, { ...record, rootKey: wrapRootKey(sealKey, rootKey) })
  })
