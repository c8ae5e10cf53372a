import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { ApiError } from '../api/errors.ts'
import { KEY_BYTES } from '../storage/aead.ts'
import { StoreUnavailable } from '../storage/store.ts'
import type { Authority } from './authority.ts'
import { Ceremony } from './ceremony.ts'
import { hashOf } from './hash-of.ts'
import { Lifetime } from './lifetime.ts'
import { checkQuorum, type Quorum, splitKey } from './shamir.ts'

/** A second apart, to store a new key. */
const ATTEMPTS = 30

/** What was asked for, and how far it is. */
export interface Rekey extends Quorum {
  /** Of the old key. */
  readonly old: Ceremony
  /** The new key counts only when its shares have been brought once. */
  readonly verifies: boolean
  /** A new key that waits for its shares, or for its answer to be on its way. */
  readonly fresh: Fresh | undefined
  readonly lifetime: Lifetime
}

interface Fresh {
  /** The old key, and the new one. */
  readonly secret: Buffer
  readonly key: Buffer
  /** Of all shares of the new one. */
  readonly hashes: readonly string[]
  readonly ceremony: Ceremony
}

/**
 * Gives the people who hold the key a new one: they bring shares of the old, and get shares of the new. Nothing of it outlives this
 * process but the new key, once it counts.
 */
export class Rekeying {
  readonly #authority: Authority
  readonly #longest: number | undefined
  #current: Rekey | undefined

  /** @param longest milliseconds that an attempt lives after its last good share */
  constructor(authority: Authority, longest?: number) {
    this.#authority = authority
    this.#longest = longest
  }

  get current(): Rekey | undefined {
    return this.#current
  }

  /** @throws {Invalid} if the quorum cannot be met @throws {ApiError} invalid, if one has begun already that shares have been brought for */
  begin(quorum: Quorum, { verifies }: Pick<Rekey, 'verifies'>): void {
    const begun = this.#current
    if (begun && (begun.lifetime.isGood || begun.old.progress > 0 || begun.fresh))
      throw new ApiError('invalid', 'rekey already in progress')
    checkQuorum(quorum)
    this.cancel()
    const lifetime = new Lifetime(() => this.cancel(), this.#longest)
    this.#current = { ...quorum, verifies, old: new Ceremony(), fresh: undefined, lifetime }
  }

  cancel(): void {
    this.#current?.lifetime[Symbol.dispose]()
    this.#current?.old.wipe()
    this.#current?.fresh?.ceremony.wipe()
    forget(this.#current?.fresh)
    this.#current = undefined
  }

  /**
   * Takes a share of the old key. Gives those of the new one when there are enough. They count when they have been verified, or, where
   * that was not asked for, with {@link settle}.
   * @throws {ApiError} invalid
   */
  async offer(nonce: string, share: Buffer): Promise<readonly Buffer[] | undefined> {
    const current = this.#current
    if (!current || current.fresh) throw new ApiError('invalid', 'no rekey in progress')
    requireNonce(current.old, nonce)
    const { lifetime } = current
    const secret = await this.#authority.hear(current.old, share, () => lifetime.good())
    if (!secret) return undefined
    const key = randomBytes(KEY_BYTES)
    const shares = await splitKey(key, current)
    if (this.#current !== current) throw new ApiError('invalid', 'no rekey in progress')
    const fresh = { secret, key, hashes: shares.map(hashOf), ceremony: new Ceremony() }
    this.#current = { ...current, fresh }
    return shares
  }

  /** Takes a share of the new key. Gives true when there are enough; it then counts with {@link settle}. @throws {ApiError} invalid */
  async verify(nonce: string, share: Buffer): Promise<boolean> {
    const current = this.#current
    if (!current?.fresh || !current.verifies) throw nothingToVerify()
    const { ceremony, key, hashes } = current.fresh
    requireNonce(ceremony, nonce)
    if (!hashes.includes(hashOf(share))) throw wrongShare()
    current.lifetime.good()
    const made = await ceremony.add(share, current.threshold)
    if (!made) return false
    using _ = made
    const isRight = made.secret.equals(key)
    made.secret.fill(0)
    if (!isRight) throw wrongShare()
    return true
  }

  /** Has the shares of the new key brought again from the first. */
  restartVerification(): void {
    const current = this.#current
    if (!current?.fresh || !current.verifies) throw nothingToVerify()
    current.fresh.ceremony.wipe()
    this.#current = { ...current, fresh: { ...current.fresh, ceremony: new Ceremony() } }
  }

  /**
   * Has the new key count, and the old one no more.
   * @param nonce that of the last share: of the new key where it is verified, else of the old one
   * @throws {ApiError} invalid, if there is no such key
   */
  async settle(nonce: string): Promise<void> {
    const current = this.#current
    const last = current?.verifies ? current.fresh?.ceremony : current?.old
    if (!current?.fresh || last?.nonce !== nonce)
      throw new ApiError('invalid', 'no rekey in progress')
    const { fresh, shares, threshold } = current
    const { secret, key, hashes } = fresh
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#authority.replace(secret, { key, hashes, quorum: { shares, threshold } })
        break
      } catch (error) {
        // nobody may be left without shares because the storage was away when it should have answered
        if (!(error instanceof StoreUnavailable) || attempt === ATTEMPTS) throw error
        await setTimeout(1000)
      }
    }
    if (this.#current?.fresh?.key === key) this.cancel()
  }
}

function forget(fresh: Pick<Fresh, 'secret' | 'key'> | undefined): void {
  fresh?.secret.fill(0)
  fresh?.key.fill(0)
}

function requireNonce({ nonce }: Ceremony, given: string): void {
  if (given !== nonce) throw new ApiError('invalid', 'incorrect nonce supplied')
}

const nothingToVerify = () => new ApiError('invalid', 'no rekey verification in progress')

const wrongShare = () => new ApiError('invalid', 'this is no share of the new key: invalid key')
