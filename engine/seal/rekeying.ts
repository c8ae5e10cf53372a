import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { Invalid } from '../../shared/invalid.ts'
import { ApiError } from '../api/errors.ts'
import { KEY_BYTES } from '../storage/aead.ts'
import { StoreUnavailable } from '../storage/store.ts'
import type { Authority } from './authority.ts'
import { Ceremony } from './ceremony.ts'
import { checkQuorum, type Quorum, splitKey } from './shamir.ts'

/** A second apart, to store a new key. */
const ATTEMPTS = 30

/** What was asked for, and how far it is. */
export interface Rekey extends Quorum {
  /** Of the old key. */
  readonly old: Ceremony
  /** The new key counts only when its shares have been brought once. */
  readonly verifies: boolean
  /** A new key that waits for its shares. */
  readonly fresh: Fresh | undefined
}

interface Fresh {
  /** The old key, and the new one. */
  readonly secret: Buffer
  readonly key: Buffer
  readonly ceremony: Ceremony
}

/**
 * Gives the people who hold the key a new one: they bring shares of the old, and get shares of the new. Nothing of it outlives this
 * process but the new key, once it counts.
 */
export class Rekeying {
  readonly #authority: Authority
  #current: Rekey | undefined

  constructor(authority: Authority) {
    this.#authority = authority
  }

  get current(): Rekey | undefined {
    return this.#current
  }

  /** @throws {Invalid} if the quorum cannot be met @throws {ApiError} invalid, if one has begun already */
  begin(quorum: Quorum, { verifies }: Pick<Rekey, 'verifies'>): void {
    if (this.#current) throw new ApiError('invalid', 'rekey already in progress')
    checkQuorum(quorum)
    this.#current = { ...quorum, verifies, old: new Ceremony(), fresh: undefined }
  }

  cancel(): void {
    this.#current?.old.wipe()
    forget(this.#current?.fresh)
    this.#current = undefined
  }

  /** Takes a share of the old key. Gives those of the new one when there are enough. @throws {ApiError} invalid */
  async offer(nonce: string, share: Buffer): Promise<readonly Buffer[] | undefined> {
    const current = this.#current
    if (!current || current.fresh) throw new ApiError('invalid', 'no rekey in progress')
    requireNonce(current.old, nonce)
    const secret = await this.#authority.hear(current.old, share)
    if (!secret) return undefined
    const key = randomBytes(KEY_BYTES)
    const shares = await splitKey(key, current)
    if (this.#current !== current) throw new ApiError('invalid', 'no rekey in progress')
    if (current.verifies)
      this.#current = { ...current, fresh: { secret, key, ceremony: new Ceremony() } }
    else await this.#replace({ secret, key }, current)
    return shares
  }

  /** Takes a share of the new key, which counts when there are enough: then gives true. @throws {ApiError} invalid */
  async verify(nonce: string, share: Buffer): Promise<boolean> {
    const current = this.#current
    if (!current?.fresh) throw new ApiError('invalid', 'no rekey verification in progress')
    const { ceremony, key } = current.fresh
    requireNonce(ceremony, nonce)
    const made = await ceremony.add(share, current.threshold).catch(error => {
      throw error instanceof Invalid ? wrongShares(error) : error
    })
    if (!made) return false
    if (!made.equals(key)) throw wrongShares()
    made.fill(0)
    await this.#replace(current.fresh, current)
    return true
  }

  /** Has the shares of the new key brought again from the first. */
  restartVerification(): void {
    const current = this.#current
    if (!current?.fresh) throw new ApiError('invalid', 'no rekey verification in progress')
    current.fresh.ceremony.wipe()
    this.#current = { ...current, fresh: { ...current.fresh, ceremony: new Ceremony() } }
  }

  async #replace(
    { secret, key }: Pick<Fresh, 'secret' | 'key'>,
    { shares, threshold }: Quorum,
  ): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#authority.replace(secret, key, { shares, threshold })
        break
      } catch (error) {
        // nobody may be left without shares because the storage was away when it should have answered
        if (!(error instanceof StoreUnavailable) || attempt === ATTEMPTS) throw error
        await setTimeout(1000)
      }
    }
    forget({ secret, key })
    this.cancel()
  }
}

function forget(fresh: Pick<Fresh, 'secret' | 'key'> | undefined): void {
  fresh?.secret.fill(0)
  fresh?.key.fill(0)
}

function requireNonce({ nonce }: Ceremony, given: string): void {
  if (given !== nonce)
    throw new ApiError(
      'invalid',
      `incorrect nonce supplied; nonce for this rekey operation is "${nonce}"`,
    )
}

const wrongShares = (cause?: Error) =>
  new ApiError('invalid', 'these are not shares of the new key: invalid key', { cause })
