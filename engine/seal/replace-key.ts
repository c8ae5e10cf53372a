import type { Tx } from '../storage/transact.ts'
import {
  putRecovery,
  putSealRecord,
  recordOf,
  recovery,
  type SealRecord,
  sealRecord,
  unwrapRootKey,
  type Which,
  wrapRootKey,
} from './seal-record.ts'
import type { Quorum } from './shamir.ts'
import { putShareHashes, shareHashes } from './share-hashes.ts'

/** A new key that has been split into shares. */
export interface NewKey {
  readonly key: Buffer
  /** SHA-256 of it, in hex. */
  readonly hash: string
  /** Of each of its shares. */
  readonly hashes: readonly string[]
  readonly quorum: Quorum
  /** Whether its shares have been presented. Otherwise they may not have been delivered, and the replaced key stays valid. */
  readonly isShown: boolean
}

/** Replaces the valid key that `secret` is. */
export async function replaceKey(
  tx: Tx,
  { secret, which }: { readonly secret: Buffer; readonly which: Which },
  { key, hash, hashes, quorum, isShown }: NewKey,
): Promise<void> {
  const found = await sealRecord(tx)
  if (!found) return
  const { previous: before, ...record } = found
  const previous = (which === 'current' ? found : before) ?? found
  const known = [...((await shareHashes(tx, which)) ?? [])]
  const kept = isShown ? {} : { previous: keptOf(found, previous) }
  if (record.type === 'file') {
    const old = await recovery(tx)
    const { shares, threshold } = previous
    const oldHash = (which === 'current' ? old : old?.previous)?.hash ?? ''
    putRecovery(tx, {
      ...quorum,
      hash,
      ...(!isShown && { previous: { shares, threshold, hash: oldHash } }),
    })
    putSealRecord(tx, { ...record, ...quorum, ...kept })
  } else {
    const rootKey = wrapRootKey(key, unwrapRootKey(secret, recordOf(found, which)))
    putSealRecord(tx, { ...record, ...quorum, rootKey, ...kept })
  }
  await putShareHashes(tx, hashes, isShown || known.length === 0 ? undefined : known)
}

const keptOf = (
  { type }: SealRecord,
  { shares, threshold, rootKey }: Quorum & { readonly rootKey?: string },
) => ({ shares, threshold, ...(type === 'shamir' && rootKey !== undefined && { rootKey }) })

/** Invalidates the previous key. */
export async function endPrevious(tx: Tx): Promise<void> {
  const record = await sealRecord(tx)
  if (!record?.previous) return
  const hashes = await shareHashes(tx)
  const { previous: _, ...rest } = record
  putSealRecord(tx, rest)
  const known = await recovery(tx)
  if (known?.previous) {
    const { previous: __, ...own } = known
    putRecovery(tx, own)
  }
  if (hashes) await putShareHashes(tx, [...hashes])
}
