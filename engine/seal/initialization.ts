import { randomBytes } from 'node:crypto'
import type { Secret } from '../../shared/secret.ts'
import { ApiError } from '../api/errors.ts'
import { KEY_BYTES } from '../storage/aead.ts'
import { type Store, StoreUnavailable } from '../storage/store.ts'
import type { Tx } from '../storage/transact.ts'
import { clusterIdOf } from './cluster-id.ts'
import { initializedAlready, initializeStore } from './initialize-store.ts'
import type { SealRecord, SealType } from './seal-record.ts'
import type { Initialized } from './sealing-parts.ts'
import { checkQuorum, type Quorum, splitKey } from './shamir.ts'
import type { StorageIdentity } from './storage-identity.ts'

/** Initializations of which this node does not know whether anybody has been given their keys. */
const MOST_UNDELIVERED = 16

interface Parts {
  readonly type: SealType
  readonly store: Store
  readonly sealKeys: readonly Buffer[] | undefined
  readonly identity: StorageIdentity
  readonly bootstrap: (tx: Tx) => Promise<Secret>
  /** Unseals a server that unseals itself. */
  readonly unseal: (rootKey: Buffer) => Promise<void>
}

interface Undelivered extends Quorum {
  readonly rootKey: Buffer
  readonly personal: Buffer
  readonly parts: readonly Buffer[]
  rootToken: Secret | undefined
}

/**
 * Initializes an empty store. Where the storage does not say whether it has been done, or nobody waits for the answer any more, the keys
 * stay in memory until the node is sealed, and whoever initializes it with the same quorum again is given them: nobody else has them.
 */
export class Initialization {
  readonly #parts: Parts
  #undelivered: Undelivered[] = []

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Whether there may be keys that nobody has been given. */
  get hasUndelivered(): boolean {
    return this.#undelivered.length > 0
  }

  /**
   * @param record what the storage says of its seal now
   * @param isHeard whether somebody still waits for the shares
   * @throws {ApiError} invalid, if the store has been initialized; unavailable, if nobody waits for the shares
   * @throws {Invalid} if the quorum cannot be met
   */
  async make(
    quorum: Quorum,
    record: SealRecord | undefined,
    isHeard: () => boolean,
  ): Promise<Initialized> {
    if (!isHeard()) throw nobodyWaits()
    const made = record ? this.#undeliveredOf(record, quorum) : await this.#initialize(quorum)
    if (this.#parts.type === 'file') await this.#parts.unseal(made.rootKey)
    const { parts: shares, rootToken } = made
    if (!isHeard() || !rootToken) throw nobodyWaits()
    this.wipe()
    return { shares, rootToken }
  }

  wipe(): void {
    for (const each of [...this.#undelivered]) this.#forget(each)
  }

  /** @throws {ApiError} invalid, where it is not one of ours */
  #undeliveredOf({ cluster }: SealRecord, { shares, threshold }: Quorum): Undelivered {
    const made = this.#undelivered.find(({ rootKey }) => clusterIdOf(rootKey) === cluster)
    if (!made) {
      this.wipe()
      throw initializedAlready()
    }
    if (made.shares === shares && made.threshold === threshold) return made
    throw new ApiError(
      'invalid',
      `Vault is already initialized; nobody has its keys yet: ask with ${made.shares} shares and a threshold of ${made.threshold} to be given them`,
    )
  }

  async #initialize(quorum: Quorum): Promise<Undelivered> {
    const { type, store, sealKeys, identity, bootstrap } = this.#parts
    identity.requireMayBegin()
    // there may be no recovery keys, but somebody must be able to unseal
    if (type === 'shamir' || quorum.shares > 0) checkQuorum(quorum)
    if (this.#undelivered.length === MOST_UNDELIVERED)
      throw new ApiError('unavailable', 'the storage has not said what became of initializations')
    const [rootKey, personal] = [randomBytes(KEY_BYTES), randomBytes(KEY_BYTES)]
    const parts = quorum.shares > 0 ? await splitKey(personal, quorum) : []
    const made: Undelivered = { ...quorum, rootKey, personal, parts, rootToken: undefined }
    this.#undelivered.push(made)
    try {
      await initializeStore(store, {
        type,
        rootKey,
        sealKey: sealKeys?.[0] ?? personal,
        recoveryKey: sealKeys && quorum.shares > 0 ? personal : undefined,
        quorum,
        shares: parts,
        async bootstrap(tx) {
          made.rootToken = await bootstrap(tx)
          return made.rootToken
        },
      })
      return made
    } catch (error) {
      // it has not been done
      if (!(error instanceof StoreUnavailable)) this.#forget(made)
      throw error
    }
  }

  #forget(made: Undelivered): void {
    this.#undelivered = this.#undelivered.filter(each => each !== made)
    made.rootKey.fill(0)
    made.personal.fill(0)
  }
}

const nobodyWaits = () => new ApiError('unavailable', 'nobody waits for the shares')
