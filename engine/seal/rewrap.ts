import type { Store } from '../storage/store.ts'
import { transact } from '../storage/transact.ts'
import { putSealRecord, type SealRecord, sealRecord, wrapRootKey } from './seal-record.ts'
import { wrappingBy, wrappingsOf } from './unwrap-with.ts'

/**
 * Has the store opened with these seal keys, the first of which is the newest. While nodes are given a new key one after another, some have
 * it and some do not: a node that lacks the newest changes nothing, and one that has it keeps what its other keys open. So a key is
 * given up when a node starts that has the newest key and not that one any more.
 */
export const rewrap = (store: Store, rootKey: Buffer, sealKeys: readonly Buffer[]): Promise<void> =>
  transact(store, async tx => {
    const record = await sealRecord(tx)
    const changed = record && rewrapped(record, rootKey, sealKeys)
    if (changed) putSealRecord(tx, changed)
  })

/** The record with the wrappings that these keys need; nothing where it has them. */
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
