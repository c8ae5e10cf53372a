import { AsyncLocalStorage } from 'node:async_hooks'
import { StoreUnavailable } from './store.ts'

/** Milliseconds that one request waits for its storage in total. */
const REQUEST_BUDGET = 12_000

/** Milliseconds of each operation that are not counted, so that a request may make many operations on a storage that is fast. */
const FREE = 250

/** An operation on the storage. */
export interface Asked {
  /** Whether its request has stopped waiting: if it has not been sent yet, it must not be sent. */
  isGivenUp: boolean
}

/** The time that a request may still wait, by the monotonic clock. It is only used up while the request waits for its storage. */
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
      // concurrent operations count once
      this.#left = Math.min(this.#left, left - counted)
    }
  }
}

const current = new AsyncLocalStorage<WaitBudget>()

/** Runs one request, which waits for its storage for a bounded time in total, over all operations. */
export const patiently = <T>(work: () => Promise<T>, patience = REQUEST_BUDGET): Promise<T> =>
  current.run(new WaitBudget(patience), work)

/** Runs work that several requests share outside of the budget of the request that started it. */
export const forAll = <T>(work: () => T): T => current.exit(work)

/**
 * Runs an operation on the storage within the budget of the current request, if there is one. After a timeout, an operation that has been
 * sent continues, and its outcome is not known.
 * @throws {StoreUnavailable} when the budget is used up
 */
export function patient<T>(ask: (asked: Asked) => Promise<T>): Promise<T> {
  const patience = current.getStore()
  return patience ? patience.wait(ask) : ask({ isGivenUp: false })
}

const tooLong = () =>
  new StoreUnavailable(
    'the database takes too long to answer; it may or may not have done what was asked',
  )
