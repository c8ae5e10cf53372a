export interface Rate {
  /** Requests that each source may make in a second, in the long run. */
  readonly perSecond: number
  /** Requests that a source which was quiet may make at once. */
  readonly burst: number
}

/** Sources that are remembered. One that is forgotten counts as quiet, so forgetting errs on the side of letting in. */
const REMEMBERED = 65_536

/**
 * Holds each of any number of sources to one rate, in bounded memory. What is kept of a source is one number: the time at
 * which it will have paid for all it did (the generic cell rate algorithm, ITU-T I.371 annex A).
 */
export class RateLimiter {
  readonly rate: Rate
  /** Milliseconds since 1970 by source, the one that was seen last at the end. */
  readonly #paidAt = new Map<string, number>()
  readonly #remembered: number

  constructor(rate: Rate, remembered = REMEMBERED) {
    this.rate = rate
    this.#remembered = remembered
  }

  /** Counts `cost` requests of a source, if it may make one more. Gives the milliseconds it should wait if not, 0 otherwise. */
  take(source: string, now: number, cost = 1): number {
    const { perSecond, burst } = this.rate
    const paidAt = Math.max(this.#paidAt.get(source) ?? now, now)
    const over = paidAt - now + 1000 / perSecond - (burst * 1000) / perSecond
    // a hair over is rounding
    if (over > 1e-6) return Math.ceil(over)
    this.charge(source, now, cost)
    return 0
  }

  /** Counts `cost` requests of a source without asking whether it may make them. */
  charge(source: string, now: number, cost: number): void {
    const paidAt = Math.max(this.#paidAt.get(source) ?? now, now)
    this.#paidAt.delete(source)
    this.#paidAt.set(source, paidAt + (cost * 1000) / this.rate.perSecond)
    if (this.#paidAt.size <= this.#remembered) return
    const [longestQuiet] = this.#paidAt.keys()
    if (longestQuiet !== undefined) this.#paidAt.delete(longestQuiet)
  }

  /** The part of its burst that a source has left, from 0 to 1. */
  left(source: string, now: number): number {
    const debt = Math.max((this.#paidAt.get(source) ?? now) - now, 0)
    return Math.max(0, 1 - (debt * this.rate.perSecond) / 1000 / this.rate.burst)
  }
}
