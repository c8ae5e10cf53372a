import { type Rate, RateLimiter } from './rate-limiter.ts'

interface Rates {
  readonly each: Rate
  /** All sources together. */
  readonly together: Rate
  /** Fraction of its burst. A source with more left is quiet: it is served even if all sources together exceed their rate. 1 for none. */
  readonly quiet: number
}

/**
 * Limits the rate of each source, and of all sources together. The second limit applies only to sources that are not quiet.
 * Times are milliseconds of the monotonic clock.
 */
export class FairLimiter {
  readonly #each: RateLimiter
  readonly #together: RateLimiter
  readonly #quiet: number

  constructor({ each, together, quiet }: Rates) {
    this.#each = new RateLimiter(each)
    this.#together = new RateLimiter(together)
    this.#quiet = quiet
  }

  /** Counts a request. Returns 0 if it is within the limit, else the milliseconds after which to try again. */
  take(source: string, now: number): number {
    const wait = this.#each.take(source, now)
    if (wait > 0) return wait
    const crowded = this.#together.take('', now)
    return this.#each.left(source, now) > this.#quiet ? 0 : crowded
  }

  /** What {@link take} would return. Counts nothing. */
  wait(source: string, now: number): number {
    const wait = this.#each.wait(source, now)
    if (wait > 0 || this.#each.left(source, now) > this.#quiet) return wait
    return this.#together.wait('', now)
  }

  /** Counts `cost` requests of a source, even beyond its limit. */
  charge(source: string, now: number, cost: number): void {
    this.#each.charge(source, now, cost)
  }
}
