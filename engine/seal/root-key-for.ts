import { Tampered } from '../storage/aead.ts'
import { Barrier } from '../storage/barrier.ts'
import type { Store } from '../storage/store.ts'
import { transact } from '../storage/transact.ts'
import { hashFits } from './hash-of.ts'
import { recordOf, recovery, type SealRecord, unwrapRootKey, type Which } from './seal-record.ts'
import { unwrapWith } from './unwrap-with.ts'

interface Sealed {
  /** The store with the encrypted values. */
  readonly store: Store
  /** The seal keys of a server with auto-unseal. */
  readonly sealKeys: readonly Buffer[] | undefined
  readonly record: SealRecord
  readonly which: Which
}

/**
 * The root key, for a quorum that has entered the unseal key, or the recovery key of a server with auto-unseal that was sealed by an operator.
 * Undefined if `secret` is neither.
 * @throws {Invalid} if none of the seal keys fits
 */
export async function rootKeyFor(
  secret: Buffer,
  { store, sealKeys, record, which }: Sealed,
): Promise<Buffer | undefined> {
  try {
    if (record.type === 'shamir') return unwrapRootKey(secret, recordOf(record, which))
    const rootKey = unwrapWith(sealKeys ?? [], record)
    const barrier = new Barrier(store)
    await barrier.unseal(rootKey)
    const found = await transact(barrier, recovery)
    barrier.seal()
    const known = which === 'current' ? found : found?.previous
    return known && hashFits(secret, known.hash) ? rootKey : undefined
  } catch (error) {
    if (error instanceof Tampered) return undefined
    throw error
  }
}
