import { isFatal } from '../storage/fatal.ts'

interface SurviveOptions {
  readonly log: { error(facts: object, message: string): void }
  /** Is told of each error that was survived. */
  readonly survived?: () => void
}

/**
 * Keeps an error that nobody caught, or a promise whose rejection nobody awaited, from ending the process, until it is disposed of: the
 * request, or the host, that it belongs to fails alone. An error of storage, barrier or seal ends the process at once, because what
 * it would go on with may be wrong.
 */
export function surviveUncaught({ log, survived }: SurviveOptions): Disposable {
  const hear = (error: unknown, origin: string) => {
    const ends = isFatal(error)
    try {
      survived?.()
      log.error(
        { error, origin },
        ends ? 'storage or seal failed, so the server ends' : 'an error was caught nowhere',
      )
    } catch {
      // a log that cannot be written is no reason to end either
    }
    if (ends) process.exit(1)
  }
  process.on('uncaughtException', hear)
  return { [Symbol.dispose]: () => void process.off('uncaughtException', hear) }
}
