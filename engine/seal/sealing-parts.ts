import type { Secret } from '../../shared/secret.ts'
import type { Barrier } from '../storage/barrier.ts'
import type { Store } from '../storage/store.ts'
import type { Tx } from '../storage/transact.ts'
import type { SealType } from './seal-record.ts'
import type { Quorum } from './shamir.ts'
import type { StorageIdentity } from './storage-identity.ts'

/** What a {@link Sealing} is made of. */
export interface SealingParts {
  /** Where the encrypted values are. */
  readonly store: Store
  /** The barrier around it, sealed. */
  readonly barrier: Barrier
  /** Keys with which the server unseals itself, the first for writing; without any, people do it with their shares. */
  readonly sealKeys: readonly Buffer[] | undefined
  /** Keys of the seal that people's shares replace, or have replaced. */
  readonly disabledSealKeys?: readonly Buffer[] | undefined
  /** Which storage the engine has had. */
  readonly identity: StorageIdentity
  /** Writes what a new store begins with, and gives its root token. */
  readonly bootstrap: (tx: Tx) => Promise<Secret>
  /** Starts what can only run unsealed; disposing of that stops it. */
  readonly open: () => Promise<AsyncDisposable>
  /** One of several processes that are one node. */
  readonly isWorker?: boolean
  /** Seals the other processes of this node. */
  readonly sealOthers?: () => Promise<void>
}

/** How the seal is, for everybody to see. */
export interface SealStatus extends Quorum {
  readonly type: SealType
  readonly initialized: boolean
  readonly sealed: boolean
  /** The key before the last rekey counts, too, because no share of the new one has been seen. */
  readonly isUnconfirmed: boolean
  /** The storage has the other type of seal, until the shares are brought with the word to replace it. */
  readonly migrates: boolean
  /** Shares that have been brought. */
  readonly progress: number
  readonly nonce: string
}

export interface Initialized {
  /** Of the unseal key; of the recovery key on a server that unseals itself. */
  readonly shares: readonly Buffer[]
  readonly rootToken: Secret
}
