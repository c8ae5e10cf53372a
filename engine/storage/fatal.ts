const FATAL = new WeakSet<object>()

/** Names of the errors by which storage, barrier and seal answer that something cannot be done now. */
const ANSWERS: readonly string[] = ['StoreUnavailable', 'Conflict', 'Sealed', 'ApiError', 'Invalid']

/**
 * Marks an error that came out of storage, barrier or seal and is none of their answers: what is stored, or sealed, may then no longer be
 * relied upon. Whoever expects such an error catches it as any other; if nobody does, the process must end.
 */
export function fatal(error: unknown): unknown {
  const isAnswer = error instanceof Error && ANSWERS.includes(error.name)
  if (!isAnswer && typeof error === 'object' && error !== null) FATAL.add(error)
  return error
}

/** Does a part of the work of storage, barrier or seal, and marks what goes wrong in it. */
export async function orFatal<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw fatal(error)
  }
}

/** The same for what the event loop calls, where nobody is left to catch anything. */
export const fatally =
  <A extends readonly unknown[]>(work: (...args: A) => void) =>
  (...args: A): void => {
    try {
      work(...args)
    } catch (error) {
      throw fatal(error)
    }
  }

/** Whether an error has been marked, or one that caused it. */
export function isFatal(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false
  if (FATAL.has(error)) return true
  if (error instanceof AggregateError && error.errors.some(isFatal)) return true
  return error instanceof Error && error.cause !== error && isFatal(error.cause)
}
