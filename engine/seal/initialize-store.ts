import type { Secret } from '../../shared/secret.ts'
import { ApiError } from '../api/errors.ts'
import { Barrier } from '../storage/barrier.ts'
import type { Store } from '../storage/store.ts'
import { type Tx, transact } from '../storage/transact.ts'
import { clusterIdOf } from './cluster-id.ts'
import { hashOf } from './hash-of.ts'
import {
  putRecovery,
  putSealRecord,
  type SealType,
  sealRecord,
  wrapRootKey,
} from './seal-record.ts'
import type { Quorum } from './shamir.ts'
import { putShareHashes } from './share-hashes.ts'

interface NewStore {
  readonly type: SealType
  readonly rootKey: Buffer
  /** Wraps the root key. */
  readonly sealKey: Buffer
  /** The recovery key of a server with auto-unseal, if it is to have one. */
  readonly recoveryKey: Buffer | undefined
  readonly quorum: Quorum
  /** Of the unseal key, or of the recovery key. */
  readonly shares: readonly Buffer[]
  /** Writes the first records of a new store, and returns its root token. */
  readonly bootstrap: (tx: Tx) => Promise<Secret>
}

/**
 * Initializes an empty store in one commit, in which only one node succeeds. This node stays sealed.
 * @throws {ApiError} invalid, if the store has been initialized
 */
export async function initializeStore(store: Store, parts: NewStore): Promise<Secret> {
  const { type, rootKey, sealKey, recoveryKey, quorum, shares, bootstrap } = parts
  const barrier = new Barrier(store)
  barrier.create(rootKey)
  try {
    return await transact(barrier, async tx => {
      if (await sealRecord(tx)) throw initializedAlready()
      tx.put(...barrier.keyringEntry())
      putSealRecord(tx, {
        type,
        ...quorum,
        rootKey: wrapRootKey(sealKey, rootKey),
        cluster: clusterIdOf(rootKey),
      })
      if (recoveryKey) putRecovery(tx, { ...quorum, hash: hashOf(recoveryKey) })
      if (shares.length > 0) await putShareHashes(tx, shares.map(hashOf))
      return bootstrap(tx)
    })
  } finally {
    barrier.seal()
  }
}

/** Contract §4.2. */
export const initializedAlready = () => new ApiError('invalid', 'Vault is already initialized')
