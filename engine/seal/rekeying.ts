import { randomBytes } from 'node:crypto'
import { ApiError } from '../api/errors.ts'
import { KEY_BYTES } from '../storage/aead.ts'
import type { Authority } from './authority.ts'
import { Ceremony } from './ceremony.ts'
import { hashOf } from './hash-of.ts'
import { Lifetime } from './lifetime.ts'
import { checkQuorum, type Quorum, splitKey } from './shamir.ts'

/** A rekey: its parameters and its progress. */
export interface Rekey extends Quorum {
  /** Collects shares of the old key. */
  readonly old: Ceremony
  /** Whether the new key only becomes valid after its shares have been verified. */
  readonly verifies: boolean
  /** The new key, until it has been verified, or until the response with its shares is being sent. */
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
 * Replaces the unseal or recovery key: holders enter shares of the old key, and get shares of a new one. All state is in memory, except the new
 * key once it is valid.
 */
export class Rekeying {
  readonly #authority: Authority
  readonly #longest: number | undefined
  /** Collects shares of a new key that is already valid beside the previous one. */
  #confirming = new Ceremony()
  #current: Rekey | undefined

  /** @param longest milliseconds after its last valid share until an attempt expires */
  constructor(authority: Authority, longest?: number) {
    this.#authority = authority
    this.#longest = longest
  }

  get current(): Rekey | undefined {
    return this.#current
  }

  /** @throws {Invalid} if the quorum cannot be met @throws {ApiError} invalid, if a rekey with shares is in progress */
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
   * Takes a share of the old key. Returns the shares of the new key once there are enough. They become valid after verification, or, if that
   * was not requested, with {@link settle}.
   * @throws {ApiError} invalid
   */
  async offer(nonce: string, share: Buffer): Promise<readonly Buffer[] | undefined> {
    const current = this.#current
    if (!current || current.fresh) throw new ApiError('invalid', 'no rekey in progress')
    requireNonce(current.old, nonce)
    const { lifetime } = current
    const secret = await this.#authority.addShare(current.old, share, () => lifetime.good())
    if (!secret) return undefined
    const key = randomBytes(KEY_BYTES)
    const shares = await splitKey(key, current)
    if (this.#current !== current) throw new ApiError('invalid', 'no rekey in progress')
    const fresh = { secret, key, hashes: shares.map(hashOf), ceremony: new Ceremony() }
    this.#current = { ...current, fresh }
    return shares
  }

  /** Takes a share of the new key. Returns true once there are enough; the key becomes valid with {@link settle}. @throws {ApiError} invalid */
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

  /** The progress of confirming a key that is valid beside the previous one; undefined if there is no previous key. */
  async confirmation(): Promise<Confirmation | undefined> {
    if (!(await this.#authority.hasPrevious())) return undefined
    const { nonce, progress } = this.#confirming
    return { ...(await this.#authority.quorum()), nonce, progress }
  }

  /** Takes a share of such a key. Returns true once there are enough; the previous key is then no longer valid. @throws {ApiError} invalid */
  async confirm(nonce: string, share: Buffer): Promise<boolean> {
    requireNonce(this.#confirming, nonce)
    const secret = await this.#authority.addShare(this.#confirming, share)
    secret?.fill(0)
    if (secret && (await this.#authority.hasPrevious()))
      throw new ApiError('invalid', 'these are shares from before the last rekey: invalid key')
    return secret !== undefined
  }

  /** Restarts the verification of the shares of the new key. */
  restartVerification(): void {
    const current = this.#current
    if (!current?.fresh || !current.verifies) throw nothingToVerify()
    current.fresh.ceremony.wipe()
    this.#current = { ...current, fresh: { ...current.fresh, ceremony: new Ceremony() } }
  }

  /**
   * Makes the new key valid. If it has been verified, the old key becomes invalid; else it stays valid until shares of the new key have been
   * presented. Tries once: if the storage does not answer, the outcome is not known, and the old shares stay valid either way.
   * @param nonce that of the last share: of the new key if it is verified, else of the old one
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
      // new shares that were not delivered are discarded; delivered ones can be entered again
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
