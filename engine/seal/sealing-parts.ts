import type { Secret } from '../../shared/secret.ts'
import type { Barrier } from '../storage/barrier.ts'
import type { Store } from '../storage/store.ts'
import type { Tx } from '../storage/transact.ts'
import type { SealType } from './seal-record.ts'
import type { Quorum } from './shamir.ts'
import type { StorageIdentity } from './storage-identity.ts'

/** The dependencies of a {@link Sealing}. */
export interface SealingParts {
  /** The store with the encrypted values. */
  readonly store: Store
  /** The barrier around it, sealed. */
  readonly barrier: Barrier
  /** Seal keys for auto-unseal, the first for encryption; undefined if operators unseal with shares. */
  readonly sealKeys: readonly Buffer[] | undefined
  /** Seal keys that are disabled in the configuration, to be replaced by shares. */
  readonly disabledSealKeys?: readonly Buffer[] | undefined
  /** The identity of the engine's storage. */
  readonly identity: StorageIdentity
  /** Writes the first records of a new store, and returns its root token. */
  readonly bootstrap: (tx: Tx) => Promise<Secret>
  /** Starts the work that needs an unsealed barrier; disposing of the result stops it. */
  readonly open: () => Promise<AsyncDisposable>
  /** Whether this is one of several worker processes of a node. */
  readonly isWorker?: boolean
  /** Seals the other processes of this node. */
  readonly sealOthers?: () => Promise<void>
}

/** The public status of the seal. */
export interface SealStatus extends Quorum {
  readonly type: SealType
  readonly initialized: boolean
  readonly sealed: boolean
  /** Whether the key from before the last rekey is still valid, because no share of the new one has been presented. */
  readonly isUnconfirmed: boolean
  /** Whether the storage has the other type of seal, until it is unsealed with `migrate`. */
  readonly migrates: boolean
  /** The number of shares entered. */
  readonly progress: number
  readonly nonce: string
}

export interface Initialized {
  /** Of the unseal key; of the recovery key on a server with auto-unseal. */
  readonly shares: readonly Buffer[]
  readonly rootToken: Secret
}
