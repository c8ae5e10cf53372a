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

/** The most initializations whose keys may not have reached a client. */
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
 * Initializes an empty store. If the outcome of the commit is not known, or the client has disconnected, the keys stay in memory until the node
 * is sealed, and the next request to initialize with the same quorum gets them.
 */
export class Initialization {
  readonly #parts: Parts
  #undelivered: Undelivered[] = []

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Whether there may be keys that have not reached a client. */
  get hasUndelivered(): boolean {
    return this.#undelivered.length > 0
  }

  /**
   * @param record the present record of the seal
   * @param isHeard whether the client is still connected
   * @throws {ApiError} invalid, if the store has been initialized; unavailable, if the client has disconnected
   * @throws {Invalid} if the quorum cannot be met
   */
  async make(
    quorum: Quorum,
    record: SealRecord | undefined,
    isHeard: () => boolean,
  ): Promise<Initialized> {
    if (!isHeard()) throw disconnected()
    const made = record ? this.#undeliveredOf(record, quorum) : await this.#initialize(quorum)
    if (this.#parts.type === 'file') await this.#parts.unseal(made.rootKey)
    const { parts: shares, rootToken } = made
    if (!isHeard() || !rootToken) throw disconnected()
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
      `Vault is already initialized, but its keys were not delivered: to get them, repeat the request with ${made.shares} shares and a threshold of ${made.threshold}`,
    )
  }

  async #initialize(quorum: Quorum): Promise<Undelivered> {
    const { type, store, sealKeys, identity, bootstrap } = this.#parts
    identity.requireMayBegin()
    // recovery keys are optional, unseal keys are not
    if (type === 'shamir' || quorum.shares > 0) checkQuorum(quorum)
    if (this.#undelivered.length === MOST_UNDELIVERED)
      throw new ApiError('unavailable', 'the outcome of earlier initializations is not known yet')
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
      // every other error means that nothing was committed
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

const disconnected = () => new ApiError('unavailable', 'the client has disconnected')
