import { randomUUID, timingSafeEqual } from 'node:crypto'
import { ApiError } from '../api/errors.ts'
import { KEY_BYTES } from '../storage/aead.ts'
import type { Which } from './seal-record.ts'
import { combineShares } from './shamir.ts'

/** Enough shares, and what they make. Disposing of it wipes the shares; the secret stays with whoever has taken it. */
export interface Quorate extends Disposable {
  readonly secret: Buffer
  readonly shares: readonly Buffer[]
}

/** A key that shares may make. */
interface Lock<T> {
  readonly threshold: number
  /** What the secret opens; nothing if it is another. */
  readonly open: (secret: Buffer) => Promise<T | undefined>
}

interface Opening<T> extends Quorate {
  readonly opened: T
}

/** Shares of one secret, which people bring one after another. They are wiped when they have been put together. */
export class Ceremony {
  /** Names this ceremony to those who take part. */
  readonly nonce = randomUUID()
  #shares: Buffer[] = []
  #which: Which = 'current'

  /** Shares of two keys make neither. @throws {ApiError} invalid, if those that are there are of the other */
  requireSame(which: Which): void {
    if (this.#shares.length > 0 && which !== this.#which)
      throw new ApiError(
        'invalid',
        'shares of the key before and after a rekey do not go together: bring those of one key only',
      )
    this.#which = which
  }

  /** Shares that are there. */
  get progress(): number {
    return this.#shares.length
  }

  /**
   * Takes a share; one that is there already counts once. Gives what the shares make as soon as there are `threshold` of them.
   * @throws {Invalid} if they do not fit each other
   */
  async add(share: Buffer, threshold: number): Promise<Quorate | undefined> {
    this.#put(share)
    if (this.#shares.length < threshold) return undefined
    // a share that comes meanwhile is the first of others
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
   * Takes a share of one of several keys, of which it cannot be told which. Gives what one of them opens, as soon as there are enough. What
   * has been brought is wiped when it opens something, and when it ought to and does not: then it is refused.
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
