const FATAL = new WeakSet<object>()

/** Names of the errors that storage, barrier and seal throw in normal operation. */
const ANSWERS: readonly string[] = ['StoreUnavailable', 'Conflict', 'Sealed', 'ApiError', 'Invalid']

/**
 * Marks an unexpected error of storage, barrier or seal, after which their state may be wrong. It can be caught like any other; if it is
 * not, the process must end.
 */
export function fatal(error: unknown): unknown {
  const isAnswer = error instanceof Error && ANSWERS.includes(error.name)
  if (!isAnswer && typeof error === 'object' && error !== null) FATAL.add(error)
  return error
}

/** Runs `work` of storage, barrier or seal, and marks its unexpected errors as fatal. */
export async function orFatal<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw fatal(error)
  }
}

/** The same for a callback of the event loop, which has no caller to catch its errors. */
export const fatally =
  <A extends readonly unknown[]>(work: (...args: A) => void) =>
  (...args: A): void => {
    try {
      work(...args)
    } catch (error) {
      throw fatal(error)
    }
  }

/** Whether an error, or one of its causes, is marked as fatal. */
export function isFatal(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false
  if (FATAL.has(error)) return true
  if (error instanceof AggregateError && error.errors.some(isFatal)) return true
  return error instanceof Error && error.cause !== error && isFatal(error.cause)
}
