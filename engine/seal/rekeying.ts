import { randomBytes } from 'node:crypto'
import { ApiError } from '../api/errors.ts'
import { KEY_BYTES } from '../storage/aead.ts'
import type { Authority } from './authority.ts'
import { Ceremony } from './ceremony.ts'
import { hashOf } from './hash-of.ts'
import { Lifetime } from './lifetime.ts'
import { checkQuorum, type Quorum, splitKey } from './shamir.ts'

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

interface Confirmation extends Quorum {
  readonly nonce: string
  readonly progress: number
}

/**
 * Gives the people who hold the key a new one: they bring shares of the old, and get shares of the new. Nothing of it outlives this
 * process but the new key, once it counts.
 */
export class Rekeying {
  readonly #authority: Authority
  readonly #longest: number | undefined
  /** Of shares that are shown after their key has been made to count. */
  #confirming = new Ceremony()
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
    this.#confirming.wipe()
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

  /** How far the people are who show shares of a key that counts already beside the one before; nothing where it is the only one. */
  async confirmation(): Promise<Confirmation | undefined> {
    if (!(await this.#authority.hasPrevious())) return undefined
    const { nonce, progress } = this.#confirming
    return { ...(await this.#authority.quorum()), nonce, progress }
  }

  /** Takes a share of such a key. Gives true when there are enough; the one before counts no more. @throws {ApiError} invalid */
  async confirm(nonce: string, share: Buffer): Promise<boolean> {
    requireNonce(this.#confirming, nonce)
    const secret = await this.#authority.hear(this.#confirming, share)
    secret?.fill(0)
    if (secret && (await this.#authority.hasPrevious()))
      throw new ApiError(
        'invalid',
        'these are shares of the key before the last rekey: invalid key',
      )
    return secret !== undefined
  }

  /** Has the shares of the new key brought again from the first. */
  restartVerification(): void {
    const current = this.#current
    if (!current?.fresh || !current.verifies) throw nothingToVerify()
    current.fresh.ceremony.wipe()
    this.#current = { ...current, fresh: { ...current.fresh, ceremony: new Ceremony() } }
  }

  /**
   * Has the new key count. The old one counts no more if the new one has been verified; else until its shares have been seen. Tries once:
   * whether a storage that does not answer has done it is not known, and the old shares are good in either case.
   * @param nonce that of the last share: of the new key where it is verified, else of the old one
   * @throws {ApiError} invalid, if there is no such key
   */
  async settle(nonce: string): Promise<void> {
    const current = this.#current
    const last = current?.verifies ? current.fresh?.ceremony : current?.old
    if (!current?.fresh || last?.nonce !== nonce)
      throw new ApiError('invalid', 'no rekey in progress')
    const { fresh, shares, threshold, verifies } = current
    const { secret, key, hashes } = fresh
    const quorum = { shares, threshold }
    try {
      await this.#authority.replace(secret, {
        key,
        hash: hashOf(key),
        hashes,
        quorum,
        isShown: verifies,
      })
    } catch (error) {
      // new shares that nobody is shown must not wait for another answer; those that were shown can be brought again
      if (!verifies && this.#current?.fresh?.key === key) this.cancel()
      throw error
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
