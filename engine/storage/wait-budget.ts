import { AsyncLocalStorage } from 'node:async_hooks'
import { StoreUnavailable } from './store.ts'

/** Milliseconds that one request waits for its storage in total. */
const REQUEST_BUDGET = 12_000

/** Milliseconds of each operation that are not counted, so that many fast operations do not exhaust the budget. */
const FREE = 250

/** An operation on the storage that a request waits for. */
export interface PendingOperation {
  /** Whether its request has stopped waiting: if it has not been sent yet, it must not be sent. */
  isGivenUp: boolean
}

/** The time that a request may still wait, by the monotonic clock. It is only used up while the request waits for its storage. */
class WaitBudget {
  #left: number

  constructor(left: number) {
    this.#left = left
  }

  async wait<T>(ask: (operation: PendingOperation) => Promise<T>): Promise<T> {
    const left = this.#left
    if (left <= 0) throw tooLong()
    const operation = { isGivenUp: false }
    const { promise: late, reject } = Promise.withResolvers<never>()
    const begun = performance.now()
    const timer = setTimeout(() => {
      operation.isGivenUp = true
      reject(tooLong())
    }, left + FREE)
    try {
      return await Promise.race([ask(operation), late])
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
export const withWaitBudget = <T>(work: () => Promise<T>, budget = REQUEST_BUDGET): Promise<T> =>
  current.run(new WaitBudget(budget), work)

/** Runs work that several requests share outside of the budget of the request that started it. */
export const outsideBudget = <T>(work: () => T): T => current.exit(work)

/**
 * Runs `ask`, an operation on the storage, within the time budget of the current request, if there is one. After a timeout, an operation that has been
 * sent continues, and its outcome is not known.
 * @throws {StoreUnavailable} when the budget is used up
 */
export function withinBudget<T>(ask: (operation: PendingOperation) => Promise<T>): Promise<T> {
  const budget = current.getStore()
  return budget ? budget.wait(ask) : ask({ isGivenUp: false })
}

const tooLong = () =>
  new StoreUnavailable(
    'the database takes too long to answer; it may or may not have done what was asked',
  )
