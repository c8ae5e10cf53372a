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

/** The key that a quorum has entered, and the record that it opened. */
export interface Proved {
  readonly rootKey: Buffer
  /** The key that their shares make. */
  readonly secret: Buffer
  readonly which: Which
  /** The record that it opened. */
  readonly record: SealRecord
}

/**
 * Replaces the seal by one of the other type, in one commit. The shares stay valid: the unseal key becomes the recovery key of a server with
 * auto-unseal, and vice versa. The root key, and therefore the cluster id, does not change. Doing it twice, on several nodes, is not an error.
 * @param sealKeys for auto-unseal, the newest first; undefined if operators will unseal with shares
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
    throw new ApiError('invalid', 'the seal was changed meanwhile: enter the shares again')
  const { shares, threshold } = (which === 'previous' && found.previous) || found
  const known = await shareHashes(tx, which)
  const quorum = { shares, threshold }
  const cluster = found.cluster !== undefined && { cluster: found.cluster }
  // the shares were presented, so the other key is no longer valid
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
