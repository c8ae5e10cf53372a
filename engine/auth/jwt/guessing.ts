import { ApiError } from '../../api/errors.ts'
import { sourceOf } from '../../limit/client-network.ts'
import { RateLimiter } from '../../limit/rate-limiter.ts'

/** The rate limit of failed requests to a provider, for each client network. */
const RATE = { burst: 20, perSecond: 0.5 }

/**
 * Limits how often clients with invented codes make this server send requests to a provider, which might block this server and so all
 * logins. Successful logins do not count.
 */
export class Guessing {
  readonly #limiter = new RateLimiter(RATE)

  /** Calls `ask` within the rate limit. @throws {ApiError} busy, if the client network has exceeded it */
  async held<T>(client: ProviderClient, ask: () => Promise<T>): Promise<T> {
    this.take(client)
    const answer = await ask()
    this.undo(client)
    return answer
  }

  /** Counts a request to the provider. @throws {ApiError} busy, if the client network has exceeded the limit */
  take(client: ProviderClient): void {
    const wait = this.#limiter.take(providerClientKey(client), performance.now())
    if (wait > 0)
      throw new ApiError('busy', 'too many logins failed: try again in a moment', {
        retryAfter: Math.ceil(wait / 1000),
        charged: true,
      })
  }

  /** Undoes a {@link take}, after a login that succeeded. */
  undo(client: ProviderClient): void {
    this.#limiter.charge(providerClientKey(client), performance.now(), -1)
  }
}

/** Who causes a request to the provider of a mount: the id of the mount, and the IP address. */
export interface ProviderClient {
  readonly mount: string
  readonly address: string
}

export const providerClientKey = ({ mount, address }: ProviderClient): string =>
  JSON.stringify([mount, sourceOf(address)])
