import type { Store } from '../storage/store.ts'
import { transact } from '../storage/transact.ts'
import { putSealRecord, type SealRecord, sealRecord, wrapRootKey } from './seal-record.ts'
import { wrappingBy, wrappingsOf } from './unwrap-with.ts'

/**
 * Wraps the root key with these seal keys, the newest first. During a rolling change of keys, some nodes have the new key and some do not: a
 * node without the newest key changes nothing, and a node with it keeps the wrappings of its other keys. A key is therefore removed when a node
 * starts that has the newest key but no longer this one.
 */
export const rewrap = (store: Store, rootKey: Buffer, sealKeys: readonly Buffer[]): Promise<void> =>
  transact(store, async tx => {
    const record = await sealRecord(tx)
    const changed = record && rewrapped(record, rootKey, sealKeys)
    if (changed) putSealRecord(tx, changed)
  })

/** The record with the wrappings for these keys; undefined if it already has them. */
function rewrapped(
  record: SealRecord,
  rootKey: Buffer,
  sealKeys: readonly Buffer[],
): SealRecord | undefined {
  const found = sealKeys.map(key => wrappingBy(key, record))
  const knowsNewest = found.includes(record.rootKey)
  if (found[0] !== undefined && !knowsNewest) return undefined
  const [first = record.rootKey, ...also] = sealKeys.map(
    (key, index) => found[index] ?? wrapRootKey(key, rootKey),
  )
  const isAsBefore = [first, ...also].join() === wrappingsOf(record).join()
  return isAsBefore ? undefined : { ...record, rootKey: first, also }
}
