import { type Rate, RateLimiter } from './rate-limiter.ts'

interface Rates {
  readonly each: Rate
  /** All sources together. */
  readonly together: Rate
  /** A source with more than this part of its burst left is served although all together are too many: it is not the cause. 1 for none. */
  readonly quiet: number
}

/**
 * Holds each source to a rate, and all together to another, which counts only against sources that are not quiet.
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

  /** Counts a request. Gives the milliseconds after which to try again if it is one too many, 0 otherwise. */
  take(source: string, now: number): number {
    const wait = this.#each.take(source, now)
    if (wait > 0) return wait
    const crowded = this.#together.take('', now)
    return this.#each.left(source, now) > this.#quiet ? 0 : crowded
  }

  /** What {@link take} would give, without counting anything. */
  wait(source: string, now: number): number {
    const wait = this.#each.wait(source, now)
    if (wait > 0 || this.#each.left(source, now) > this.#quiet) return wait
    return this.#together.wait('', now)
  }

  /** Counts `cost` requests of a source without asking whether it may make them. */
  charge(source: string, now: number, cost: number): void {
    this.#each.charge(source, now, cost)
  }
}
