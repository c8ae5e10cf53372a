import { randomUUID, timingSafeEqual } from 'node:crypto'
import { combineShares } from './shamir.ts'

/** Enough shares, and what they make. Disposing of it wipes the shares; the secret stays with whoever has taken it. */
export interface Quorate extends Disposable {
  readonly secret: Buffer
  readonly shares: readonly Buffer[]
}

/** Shares of one secret, which people bring one after another. They are wiped when they have been put together. */
export class Ceremony {
  /** Names this ceremony to those who take part. */
  readonly nonce = randomUUID()
  #shares: Buffer[] = []

  /** Shares that are there. */
  get progress(): number {
    return this.#shares.length
  }

  /**
   * Takes a share; one that is there already counts once. Gives what the shares make as soon as there are `threshold` of them.
   * @throws {Invalid} if they do not fit each other
   */
  async add(share: Buffer, threshold: number): Promise<Quorate | undefined> {
    const known = this.#shares.some(
      each => each.length === share.length && timingSafeEqual(each, share),
    )
    if (!known) this.#shares.push(share)
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

  wipe(): void {
    wipe(this.#shares)
    this.#shares = []
  }
}

function wipe(shares: readonly Buffer[]): void {
  for (const share of shares) share.fill(0)
}
