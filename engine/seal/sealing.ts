import { randomBytes } from 'node:crypto'
import { Invalid } from '../../shared/invalid.ts'
import { attempt } from '../../shared/result.ts'
import type { Secret } from '../../shared/secret.ts'
import { ApiError } from '../api/errors.ts'
import { KEY_BYTES } from '../storage/aead.ts'
import type { Barrier } from '../storage/barrier.ts'
import { orFatal } from '../storage/fatal.ts'
import type { Store } from '../storage/store.ts'
import { type Tx, transact } from '../storage/transact.ts'
import { Authority } from './authority.ts'
import { Ceremony } from './ceremony.ts'
import { foundStore, initializedAlready } from './found-store.ts'
import { Rekeying } from './rekeying.ts'
import { rewrap } from './rewrap.ts'
import { RootGeneration } from './root-generation.ts'
import { rootKeyFor } from './root-key-for.ts'
import { type SealRecord, type SealType, sealRecord } from './seal-record.ts'
import { checkQuorum, type Quorum, splitKey } from './shamir.ts'
import type { StorageIdentity } from './storage-identity.ts'
import { unwrapWith } from './unwrap-with.ts'

interface Parts {
  /** Where the encrypted values are. */
  readonly store: Store
  /** The barrier around it, sealed. */
  readonly barrier: Barrier
  /** Keys with which the server unseals itself, the first for writing; without any, people do it with their shares. */
  readonly sealKeys: readonly Buffer[] | undefined
  /** Which storage the engine has had. */
  readonly identity: StorageIdentity
  /** Writes what a new store begins with, and gives its root token. */
  readonly found: (tx: Tx) => Promise<Secret>
  /** Starts what can only run unsealed; disposing of that stops it. */
  readonly open: () => Promise<AsyncDisposable>
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
  /** Shares that have been brought. */
  readonly progress: number
  readonly nonce: string
}

export interface Founding {
  /** Of the unseal key; of the recovery key on a server that unseals itself. */
  readonly shares: readonly Buffer[]
  readonly rootToken: Secret
}

/** Opens and closes the barrier of this node, and everything that depends on it. Does one thing at a time. */
export class Sealing {
  readonly type: SealType
  readonly authority: Authority
  readonly rekeying: Rekeying
  readonly rootGeneration: RootGeneration
  readonly #parts: Parts
  #opened: AsyncDisposable | undefined
  #isInitialized = false
  #staysSealed = false
  #unsealing = new Ceremony()
  #turn: Promise<unknown> = Promise.resolve()

  constructor(parts: Parts) {
    this.#parts = parts
    this.type = parts.sealKeys ? 'file' : 'shamir'
    this.authority = new Authority(parts.barrier, this.type)
    this.rekeying = new Rekeying(this.authority)
    this.rootGeneration = new RootGeneration(this.authority)
  }

  /** Only what a sealed server may answer can be answered. */
  get sealed(): boolean {
    return this.#opened === undefined || this.#parts.barrier.sealed
  }

  /** Whether the store has been initialized, by any node. */
  async initialized(): Promise<boolean> {
    // this never changes back
    this.#isInitialized ||= (await this.record()) !== undefined
    return this.#isInitialized
  }

  async status(): Promise<SealStatus> {
    const record = await this.record()
    const { progress, nonce } = this.#unsealing
    return {
      type: record?.type ?? this.type,
      initialized: record !== undefined,
      sealed: this.sealed,
      isUnconfirmed: record?.previous !== undefined,
      shares: record?.shares ?? 0,
      threshold: record?.threshold ?? 0,
      progress,
      nonce: progress > 0 ? nonce : '',
    }
  }

  /** What the store says of its seal. @throws {Invalid} if it is another than the configuration says, or the store is */
  async record(): Promise<SealRecord | undefined> {
    const record = await transact(this.#parts.barrier, sealRecord)
    this.#parts.identity.check(record)
    if (record && record.type !== this.type)
      throw new Invalid(
        `the storage has a seal of type "${record.type}", but [seal] says type = "${this.type}"`,
      )
    return record
  }

  /**
   * Initializes an empty store: all of it in one commit, of which one node succeeds. A server that unseals itself is unsealed then.
   * @param isHeard whether somebody still waits for the shares
   * @throws {ApiError} invalid, if the store has been initialized; unavailable, if nobody waits for the shares
   * @throws {Invalid} if the quorum cannot be met
   */
  initialize(quorum: Quorum, isHeard = () => true): Promise<Founding> {
    return this.#alone(async () => {
      if (await this.record()) throw initializedAlready()
      this.#parts.identity.requireMayBegin()
      // there may be no recovery keys, but somebody must be able to unseal
      if (this.type === 'shamir' || quorum.shares > 0) checkQuorum(quorum)
      const [rootKey, personal] = [randomBytes(KEY_BYTES), randomBytes(KEY_BYTES)]
      const shares = quorum.shares > 0 ? await splitKey(personal, quorum) : []
      const { store, sealKeys, found } = this.#parts
      if (!isHeard()) throw new ApiError('unavailable', 'nobody waits for the shares')
      const rootToken = await foundStore(store, {
        type: this.type,
        rootKey,
        sealKey: sealKeys?.[0] ?? personal,
        recoveryKey: sealKeys && quorum.shares > 0 ? personal : undefined,
        quorum,
        shares,
        found,
      })
      if (this.type === 'file') await this.#unseal(rootKey)
      rootKey.fill(0)
      personal.fill(0)
      return { shares, rootToken }
    })
  }

  /** Unseals with the seal keys; leaves a store that is not initialized alone. @throws {Invalid} if none of them fits */
  unsealAlone(): Promise<void> {
    return this.#alone(async () => {
      const record = await this.record()
      if (!record || !this.sealed || this.#staysSealed || this.type !== 'file') return
      const { barrier, sealKeys = [] } = this.#parts
      const rootKey = unwrapWith(sealKeys, record)
      await this.#unseal(rootKey)
      await rewrap(barrier, rootKey, sealKeys)
      rootKey.fill(0)
    })
  }

  /**
   * Takes a share of the unseal key. With the last of them the server is unsealed; a server that unseals itself, and has been sealed
   * by hand, with those of the recovery key.
   * @throws {ApiError} invalid, in the words of the contract §4.2
   */
  offer(share: Buffer): Promise<void> {
    return this.#alone(async () => {
      const record = await this.record()
      if (!record) throw new ApiError('invalid', 'Vault is not initialized')
      if (!this.sealed) return
      const { store, sealKeys } = this.#parts
      const keys = (['current', 'previous'] as const).flatMap(which => {
        const key = which === 'current' ? record : record.previous
        const open = (secret: Buffer) => rootKeyFor(secret, { store, sealKeys, record, which })
        return key ? [{ threshold: key.threshold, open }] : []
      })
      const made = await this.#unsealing.addFor(share, keys)
      if (made === 'refused') throw new ApiError('invalid', 'Unseal failed, invalid key')
      if (!made) return
      using _ = made
      this.#unsealing = new Ceremony()
      await this.#unseal(made.opened)
      made.opened.fill(0)
      await this.authority.shown(made.secret, made.shares)
    })
  }

  /** Forgets the shares that have been brought. */
  reset(): void {
    if (!this.sealed) throw new ApiError('invalid', 'vault is unsealed')
    this.#unsealing.wipe()
    this.#unsealing = new Ceremony()
  }

  /** Seals this node, all of its processes. @throws {ApiError} unavailable, if it is not known whether the others are sealed; this one is */
  async seal(): Promise<void> {
    const others = attempt(async () => this.#parts.sealOthers?.())
    await this.sealHere()
    const sealed = await others
    if (!sealed.ok) throw sealed.error
  }

  /** Wipes the keys of this process at once, whatever is under way, then stops all that needed them. */
  async sealHere(): Promise<void> {
    this.#parts.barrier.seal()
    await this[Symbol.asyncDispose]()
  }

  /** The same, and it does not unseal itself again, not even if it was about to. */
  async sealByHand(): Promise<void> {
    this.#staysSealed = true
    await this.sealHere()
  }

  /** Seals in good order: what runs beside requests comes to an end first. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#alone(async () => {
      this.rekeying.cancel()
      this.rootGeneration.cancelAll()
      const opened = this.#opened
      this.#opened = undefined
      await opened?.[Symbol.asyncDispose]()
      this.#parts.barrier.seal()
    })
  }

  async #unseal(rootKey: Buffer): Promise<void> {
    const { barrier, open, identity } = this.#parts
    identity.confirm(rootKey)
    const before = this.#opened
    this.#opened = undefined
    await before?.[Symbol.asyncDispose]()
    await barrier.unseal(rootKey)
    try {
      await identity.remember(rootKey)
      this.#opened = await open()
    } catch (error) {
      barrier.seal()
      throw error
    }
  }

  /** Does one thing after another, whether or not the one before succeeded. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(() => orFatal(work))
    this.#turn = mine.catch(() => undefined)
    return mine
  }
}
