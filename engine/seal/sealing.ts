import { attempt } from '../../shared/result.ts'
import { ApiError } from '../api/errors.ts'
import { orFatal } from '../storage/fatal.ts'
import { transact } from '../storage/transact.ts'
import { Authority } from './authority.ts'
import { Ceremony } from './ceremony.ts'
import { Initialization } from './initialization.ts'
import { migrateSeal } from './migrate-seal.ts'
import { mayMigrate, requireMigration, requireType } from './pending-migration.ts'
import { Rekeying } from './rekeying.ts'
import { rewrap } from './rewrap.ts'
import { RootGeneration } from './root-generation.ts'
import { rootKeyFor } from './root-key-for.ts'
import { type SealRecord, type SealType, sealRecord } from './seal-record.ts'
import type { Initialized, SealingParts, SealStatus } from './sealing-parts.ts'
import type { Quorum } from './shamir.ts'
import { unwrapWith } from './unwrap-with.ts'

/** Seals and unseals the barrier of this node, and starts and stops everything that depends on it. Operations run one at a time. */
export class Sealing {
  readonly type: SealType
  readonly authority: Authority
  readonly rekeying: Rekeying
  readonly rootGeneration: RootGeneration
  readonly #parts: SealingParts
  readonly #initialization: Initialization
  #opened: AsyncDisposable | undefined
  #isInitialized = false
  #staysSealed = false
  #unsealing = new Ceremony()
  #turn: Promise<unknown> = Promise.resolve()

  constructor(parts: SealingParts) {
    this.#parts = parts
    this.type = parts.sealKeys ? 'file' : 'shamir'
    this.#initialization = new Initialization({
      ...parts,
      type: this.type,
      unseal: async rootKey => {
        if (this.sealed) await this.#unseal(rootKey)
      },
    })
    this.authority = new Authority(parts.barrier, this.type)
    this.rekeying = new Rekeying(this.authority)
    this.rootGeneration = new RootGeneration(this.authority)
  }

  /** Whether the node is sealed, or not fully unsealed yet. */
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
      type: this.type,
      migrates: this.#migrates(record),
      initialized: record !== undefined,
      sealed: this.sealed,
      isUnconfirmed: record?.previous !== undefined,
      shares: record?.shares ?? 0,
      threshold: record?.threshold ?? 0,
      progress,
      nonce: progress > 0 ? nonce : '',
    }
  }

  /**
   * The record of the seal.
   * @throws {Invalid} if its type is not the configured one and there is no migration; or if the storage is not the engine's
   */
  async record(): Promise<SealRecord | undefined> {
    const record = await transact(this.#parts.barrier, sealRecord)
    this.#parts.identity.check(record)
    // an unsealed node keeps running while others migrate
    if (record && this.sealed) requireType(record, this.type, this.#parts)
    return record
  }

  #migrates(record: SealRecord | undefined): boolean {
    return record !== undefined && this.sealed && mayMigrate(record, this.type, this.#parts)
  }

  /**
   * Initializes an empty store in one commit, in which only one node succeeds. A server with auto-unseal is unsealed afterwards.
   * @param isHeard whether the client is still connected
   * @throws {ApiError} invalid, if the store has been initialized; unavailable, if the client has disconnected
   * @throws {Invalid} if the quorum cannot be met
   */
  initialize(quorum: Quorum, isHeard = () => true): Promise<Initialized> {
    return this.#alone(async () => this.#initialization.make(quorum, await this.record(), isHeard))
  }

  /** Whether this node has initialized the store and may not have delivered its keys. */
  get hasUndeliveredKeys(): boolean {
    return this.#initialization.hasUndelivered
  }

  /** Unseals with the seal keys, unless the store is not initialized. @throws {Invalid} if none of them is the right one */
  unsealAlone(): Promise<void> {
    return this.#alone(async () => {
      const record = await this.record()
      if (!record || !this.sealed || this.#staysSealed) return
      if (this.type !== 'file' || record.type !== 'file') return
      const { barrier, sealKeys = [] } = this.#parts
      const rootKey = unwrapWith(sealKeys, record)
      await this.#unseal(rootKey)
      await rewrap(barrier, rootKey, sealKeys)
      rootKey.fill(0)
    })
  }

  /**
   * Takes a share of the unseal key, or of the recovery key of a server with auto-unseal that was sealed by an operator. The last share of the
   * quorum unseals.
   * @param migrate replaces the seal of the storage by the configured one
   * @throws {ApiError} invalid, with a message of the contract §4.2
   */
  offer(share: Buffer, migrate = false): Promise<void> {
    return this.#alone(async () => {
      const record = await this.record()
      if (!record) throw new ApiError('invalid', 'Vault is not initialized')
      requireMigration(record, { ...this.#parts, migrate, pending: this.#migrates(record) })
      if (!this.sealed) return
      const { store, sealKeys = this.#parts.disabledSealKeys } = this.#parts
      const keys = (['current', 'previous'] as const).flatMap(which => {
        const key = which === 'current' ? record : record.previous
        const open = async (secret: Buffer) => {
          const rootKey = await rootKeyFor(secret, { store, sealKeys, record, which })
          return rootKey && { rootKey, which, record }
        }
        return key ? [{ threshold: key.threshold, open }] : []
      })
      const made = await this.#unsealing.addFor(share, keys)
      if (made === 'refused') throw new ApiError('invalid', 'Unseal failed, invalid key')
      if (!made) return
      using _ = made
      this.#unsealing = new Ceremony()
      const { rootKey } = made.opened
      if (this.#migrates(record)) {
        this.#parts.identity.confirm(rootKey)
        await migrateSeal(store, { ...made.opened, secret: made.secret }, this.#parts.sealKeys)
      }
      await this.#unseal(rootKey)
      rootKey.fill(0)
      await this.authority.shown(made.secret, made.shares)
    })
  }

  /** Discards the shares that have been entered. */
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

  /** Wipes the keys of this process at once, then stops everything that needed them. */
  async sealHere(): Promise<void> {
    this.#parts.barrier.seal()
    await this[Symbol.asyncDispose]()
  }

  /** The same, and prevents auto-unseal until an operator unseals. */
  async sealByHand(): Promise<void> {
    this.#staysSealed = true
    await this.sealHere()
  }

  /** Seals gracefully: background work ends first. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#alone(async () => {
      this.rekeying.cancel()
      this.#initialization.wipe()
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

  /** Queues an operation after the previous ones, whether or not those succeeded. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(() => orFatal(work))
    this.#turn = mine.catch(() => undefined)
    return mine
  }
}
