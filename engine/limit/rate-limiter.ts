export interface Rate {
  /** Requests that each source may make in a second, in the long run. */
  readonly perSecond: number
  /** Requests that a source may make at once after a pause. */
  readonly burst: number
}

/** The most sources in memory. A source that was dropped starts with its full burst. */
const REMEMBERED = 65_536

/**
 * Limits the rate of each source, in bounded memory, by the generic cell rate algorithm (ITU-T I.371 annex A): it stores one time for
 * each source. Times are milliseconds of the monotonic clock: with the wall clock, all sources would be refused while a step back of
 * the clock lasts.
 */
export class RateLimiter {
  readonly rate: Rate
  /** By source, the most recent one last. */
  readonly #paidAt = new Map<string, number>()
  readonly #remembered: number

  constructor(rate: Rate, remembered = REMEMBERED) {
    this.rate = rate
    this.#remembered = remembered
  }

  /** Counts a request of a source if it is within the rate. Returns 0, or else the milliseconds to wait. */
  take(source: string, now: number): number {
    const wait = this.wait(source, now)
    if (wait === 0) this.charge(source, now, 1)
    return wait
  }

  /** The milliseconds until a source may make its next request; 0 for now. Counts nothing. */
  wait(source: string, now: number): number {
    const { perSecond, burst } = this.rate
    const over = this.#debt(source, now) + 1000 / perSecond - (burst * 1000) / perSecond
    // tolerates rounding errors
    return over > 1e-6 ? Math.ceil(over) : 0
  }

  /**
   * Counts `cost` requests of a source, even beyond its rate; a negative cost undoes some. The debt stays between zero and the burst.
   */
  charge(source: string, now: number, cost: number): void {
    const { perSecond, burst } = this.rate
    const debt = Math.min(
      Math.max(this.#debt(source, now) + (cost * 1000) / perSecond, 0),
      (burst * 1000) / perSecond,
    )
    this.#paidAt.delete(source)
    this.#paidAt.set(source, now + debt)
    if (this.#paidAt.size <= this.#remembered) return
    const [longestQuiet] = this.#paidAt.keys()
    if (longestQuiet !== undefined) this.#paidAt.delete(longestQuiet)
  }

  /** The fraction of its burst that a source has left, from 0 to 1. */
  left(source: string, now: number): number {
    return Math.max(0, 1 - (this.#debt(source, now) * this.rate.perSecond) / 1000 / this.rate.burst)
  }

  /** Milliseconds until the source has its full burst again. */
  #debt(source: string, now: number): number {
    return Math.max((this.#paidAt.get(source) ?? now) - now, 0)
  }
}
