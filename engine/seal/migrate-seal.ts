import { ApiError } from '../api/errors.ts'
import { Barrier } from '../storage/barrier.ts'
import type { Store } from '../storage/store.ts'
import { type Tx, transact } from '../storage/transact.ts'
import { hashOf } from './hash-of.ts'
import {
  forgetRecovery,
  putRecovery,
  putSealRecord,
  type SealRecord,
  sealRecord,
  type Which,
  wrapRootKey,
} from './seal-record.ts'
import { putShareHashes, shareHashes } from './share-hashes.ts'

/** What the holders of shares have brought, and opened the storage with. */
export interface Proved {
  readonly rootKey: Buffer
  /** The key that their shares make. */
  readonly secret: Buffer
  readonly which: Which
  /** The record that it was opened by. */
  readonly record: SealRecord
}

/**
 * Replaces the seal by one of the other type, in one commit: whatever happens, the storage is opened by the one or the other. The shares
 * go on to count: the unseal key becomes the recovery key of a server that unseals itself, and the other way round. The root key, and so
 * the cluster id, stays. Doing it twice, on several nodes, is no error.
 * @param sealKeys of a server that will unseal itself, the newest first; none where people will do it
 * @throws {ApiError} invalid, if the seal has been changed meanwhile
 */
export async function migrateSeal(
  store: Store,
  proved: Proved,
  sealKeys: readonly Buffer[] | undefined,
): Promise<void> {
  // the hashes of shares and of the recovery key are encrypted
  const barrier = new Barrier(store)
  await barrier.unseal(proved.rootKey)
  try {
    await transact(barrier, tx => migrate(tx, proved, sealKeys))
  } finally {
    barrier.seal()
  }
}

async function migrate(
  tx: Tx,
  { rootKey, secret, which, record }: Proved,
  sealKeys: readonly Buffer[] | undefined,
): Promise<void> {
  const found = await sealRecord(tx)
  if (!found || found.type === (sealKeys ? 'file' : 'shamir')) return
  if (found.rootKey !== record.rootKey || found.previous?.rootKey !== record.previous?.rootKey)
    throw new ApiError('invalid', 'the seal has been changed meanwhile: bring the shares again')
  const { shares, threshold } = (which === 'previous' && found.previous) || found
  const known = await shareHashes(tx, which)
  const quorum = { shares, threshold }
  const cluster = found.cluster !== undefined && { cluster: found.cluster }
  // the shares were brought, so their key is the one that counts
  if (sealKeys) {
    const [first = '', ...also] = sealKeys.map(key => wrapRootKey(key, rootKey))
    putRecovery(tx, { ...quorum, hash: hashOf(secret) })
    putSealRecord(tx, { type: 'file', ...quorum, rootKey: first, also, ...cluster })
  } else {
    forgetRecovery(tx)
    putSealRecord(tx, {
      ...{ type: 'shamir', ...quorum, ...cluster },
      rootKey: wrapRootKey(secret, rootKey),
    })
  }
  if (known) await putShareHashes(tx, [...known])
}
