import { randomUUID, timingSafeEqual } from 'node:crypto'
import { ApiError } from '../api/errors.ts'
import { KEY_BYTES } from '../storage/aead.ts'
import type { Which } from './seal-record.ts'
import { combineShares } from './shamir.ts'

/** Enough shares, and the secret that they make. Disposing of it wipes the shares, but not the secret. */
export interface Quorate extends Disposable {
  readonly secret: Buffer
  readonly shares: readonly Buffer[]
}

/** A key that shares may make. */
interface Lock<T> {
  readonly threshold: number
  /** What the secret opens; undefined if it is the wrong one. */
  readonly open: (secret: Buffer) => Promise<T | undefined>
}

interface Opening<T> extends Quorate {
  readonly opened: T
}

/** Collects shares of one secret, which operators enter one after another. They are wiped after they have been combined. */
export class Ceremony {
  /** Identifies this ceremony to its participants. */
  readonly nonce = randomUUID()
  #shares: Buffer[] = []
  #which: Which = 'current'

  /** Shares of different keys cannot be combined. @throws {ApiError} invalid, if the collected shares are of the other key */
  requireSame(which: Which): void {
    if (this.#shares.length > 0 && which !== this.#which)
      throw new ApiError(
        'invalid',
        'shares from before and after a rekey cannot be combined: enter shares of one key only',
      )
    this.#which = which
  }

  /** The number of shares collected. */
  get progress(): number {
    return this.#shares.length
  }

  /**
   * Takes a share; the same share counts once. Returns the combined secret as soon as there are `threshold` shares.
   * @throws {Invalid} if they cannot be combined
   */
  async add(share: Buffer, threshold: number): Promise<Quorate | undefined> {
    this.#put(share)
    if (this.#shares.length < threshold) return undefined
    // a share that arrives meanwhile starts a new collection
    const shares = this.#shares
    this.#shares = []
    try {
      const secret = await combineShares(shares)
      return { secret, shares, [Symbol.dispose]: () => wipe(shares) }
    } catch (error) {
      wipe(shares)
      throw error
    }
  }

  /**
   * Takes a share of one of several keys, without knowing which. Returns what one of them opens, as soon as there are enough shares. The shares
   * are wiped once they open something, or if there are enough and they open nothing: then they are refused.
   */
  async addFor<T>(
    share: Buffer,
    keys: readonly Lock<T>[],
  ): Promise<Opening<T> | 'refused' | undefined> {
    this.#put(share)
    for (const { threshold, open } of keys)
      for (const shares of enoughOf(this.#shares, threshold)) {
        const secret = await combineShares(shares).catch(() => undefined)
        const opened = secret && (await open(secret))
        if (!opened) continue
        const all = this.#shares
        this.#shares = []
        return { opened, secret, shares, [Symbol.dispose]: () => wipe([secret, ...all]) }
      }
    if (this.#shares.length < Math.max(...keys.map(({ threshold }) => threshold))) return undefined
    this.wipe()
    return 'refused'
  }

  wipe(): void {
    wipe(this.#shares)
    this.#shares = []
  }

  #put(share: Buffer): void {
    const known = this.#shares.some(
      each => each.length === share.length && timingSafeEqual(each, share),
    )
    if (!known) this.#shares.push(share)
  }
}

/** Those that may be shares of a key with this threshold: all of them, and the last, if earlier ones are of another. */
function enoughOf(shares: readonly Buffer[], threshold: number): readonly (readonly Buffer[])[] {
  const length = threshold === 1 ? KEY_BYTES : KEY_BYTES + 1
  const fitting = shares.filter(share => share.length === length)
  if (fitting.length < threshold) return []
  return fitting.length === threshold ? [fitting] : [fitting, fitting.slice(-threshold)]
}

function wipe(shares: readonly Buffer[]): void {
  for (const share of shares) share.fill(0)
}
