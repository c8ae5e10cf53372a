import { randomUUID, timingSafeEqual } from 'node:crypto'
import { combineShares } from './shamir.ts'

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
  async add(share: Buffer, threshold: number): Promise<Buffer | undefined> {
    const known = this.#shares.some(
      each => each.length === share.length && timingSafeEqual(each, share),
    )
    if (!known) this.#shares.push(share)
    if (this.#shares.length < threshold) return undefined
    // a share that comes meanwhile is the first of others
    const shares = this.#shares
    this.#shares = []
    try {
      return await combineShares(shares)
    } finally {
      wipe(shares)
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
