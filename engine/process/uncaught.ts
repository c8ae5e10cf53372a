import { isFatal } from '../storage/fatal.ts'

interface SurviveOptions {
  readonly log: { error(facts: object, message: string): void }
  /** Called for each error. */
  readonly survived?: () => void
}

/**
 * Logs uncaught errors and unhandled rejections instead of ending the process, until it is disposed of: only the request or host that they
 * belong to fails. An error of storage, barrier or seal ends the process at once, because its state may be inconsistent.
 */
export function surviveUncaught({ log, survived }: SurviveOptions): Disposable {
  const hear = (error: unknown, origin: string) => {
    const ends = isFatal(error)
    try {
      survived?.()
      log.error(
        { error, origin },
        ends ? 'storage or seal failed: stopping the server' : 'uncaught error',
      )
    } catch {
      // a log that cannot be written must not end the process either
    }
    if (ends) process.exit(1)
  }
  process.on('uncaughtException', hear)
  return { [Symbol.dispose]: () => void process.off('uncaughtException', hear) }
}
