import { Cache } from '../../../shared/lru.ts'
import { RateLimiter } from '../../limit/rate-limiter.ts'
import { type ProviderClient, providerClientKey } from './guessing.ts'

/** The rate of polls that reach a provider, for each client network: enough for twenty users who log in at once. */
const RATE = { burst: 60, perSecond: 4 }

/** Logins that are remembered, and milliseconds by which a poll may be early on its way. */
const REMEMBERED = 10_000
const EARLY = 500

interface Poll extends ProviderClient {
  readonly state: string
  /** Seconds. */
  readonly interval: number
}

/** Keeps clients of the device flow from polling a provider more often than it wants. Each process counts for itself. */
export class PollPace {
  readonly #limiter = new RateLimiter(RATE)
  /** By state. */
  readonly #polledAt = new Cache<number>(REMEMBERED)

  /** Whether a poll may reach the provider now, which it is then counted for. */
  allows({ state, interval, ...client }: Poll, now = performance.now()): boolean {
    const last = this.#polledAt.find(state) ?? Number.NEGATIVE_INFINITY
    if (now - last < interval * 1000 - EARLY) return false
    if (this.#limiter.take(providerClientKey(client), now) > 0) return false
    this.#polledAt.put(state, now)
    return true
  }
}
