import { ApiError } from '../../api/errors.ts'
import { sourceOf } from '../../limit/client-network.ts'
import { RateLimiter } from '../../limit/rate-limiter.ts'

/** Questions without success that a source may have a provider asked at once, and in a second in the long run. */
const RATE = { burst: 20, perSecond: 0.5 }

/**
 * Keeps those who make codes up from having a provider asked in this server's name as often as they like: it would lock this server out,
 * and with it everybody. Who succeeds is not counted.
 */
export class Guessing {
  readonly #limiter = new RateLimiter(RATE)

  /** @throws {ApiError} busy, if the source has had the provider asked too often; else what `ask` throws */
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
