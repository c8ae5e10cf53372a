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
  async held<T>(
    { mount, address }: { readonly mount: string; readonly address: string },
    ask: () => Promise<T>,
  ): Promise<T> {
    const source = JSON.stringify([mount, sourceOf(address)])
    const wait = this.#limiter.take(source, performance.now())
    if (wait > 0)
      throw new ApiError('busy', 'too many logins failed: try again in a moment', {
        retryAfter: Math.ceil(wait / 1000),
        charged: true,
      })
    const answer = await ask()
    this.#limiter.charge(source, performance.now(), -1)
    return answer
  }
}
