import { AsyncLocalStorage } from 'node:async_hooks'
import { StoreUnavailable } from './store.ts'

/** Milliseconds that one request waits for its storage, for all that it asks of it together. */
const REQUEST_BUDGET = 12_000

/** Milliseconds of each answer that are not counted, so that a request may ask for very much of a storage that is well. */
const FREE = 250

/** What is asked of a storage. */
export interface Asked {
  /** Nobody waits for it any more: what has not been sent is not sent. */
  isGivenUp: boolean
}

/** How long a request goes on waiting. It is counted by the monotonic clock, and only while the request waits for its storage. */
class WaitBudget {
  #left: number

  constructor(left: number) {
    this.#left = left
  }

  async wait<T>(ask: (asked: Asked) => Promise<T>): Promise<T> {
    const left = this.#left
    if (left <= 0) throw tooLong()
    const asked = { isGivenUp: false }
    const { promise: late, reject } = Promise.withResolvers<never>()
    const begun = performance.now()
    const timer = setTimeout(() => {
      asked.isGivenUp = true
      reject(tooLong())
    }, left + FREE)
    try {
      return await Promise.race([ask(asked), late])
    } finally {
      clearTimeout(timer)
      const counted = Math.max(0, performance.now() - begun - FREE)
      // answers that were waited for at the same time count once
      this.#left = Math.min(this.#left, left - counted)
    }
  }
}

const current = new AsyncLocalStorage<WaitBudget>()

/** Serves one request: whatever it asks of the storage, and how often, it waits for a bounded time. */
export const patiently = <T>(work: () => Promise<T>, patience = REQUEST_BUDGET): Promise<T> =>
  current.run(new WaitBudget(patience), work)

/** Does what is not for one request alone, even if one of them has begun it. */
export const forAll = <T>(work: () => T): T => current.exit(work)

/**
 * Asks the storage, for as long as the request waits for which it is done; without one, for as long as it takes. What has been sent goes
 * on: whether it is done is not known.
 * @throws {StoreUnavailable} when the request has waited long enough
 */
export function patient<T>(ask: (asked: Asked) => Promise<T>): Promise<T> {
  const patience = current.getStore()
  return patience ? patience.wait(ask) : ask({ isGivenUp: false })
}

const tooLong = () =>
  new StoreUnavailable(
    'the database takes too long to answer; it may or may not have done what was asked',
  )
