import { setTimeout } from 'node:timers/promises'
import { NoSession } from './session-errors.ts'

/** Milliseconds between two attempts where none of ours has ended meanwhile. */
const PAUSE = 250

/** Milliseconds for which a host may take its time to end a session that we have given up, such as one whose script was told to end. */
const LINGERING = 3000

/** The sessions of one connection. sshd allows ten of them unless `MaxSessions` says otherwise, and does not tell. */
export class Sessions {
  /** Is told how many the host allows at the most, when it has refused one. */
  onFull: (most: number) => void = () => undefined
  #open = 0
  #anyEnds = Promise.withResolvers<void>()

  /**
   * Opens a session, as soon as the host allows it. Whoever is given one says when it has {@link ended}.
   * @throws {NoSession} if the host allows none, although we have none, or not in time
   */
  async open<T>(start: () => Promise<T>, signal: AbortSignal): Promise<T> {
    let lastWithOthers = performance.now()
    for (;;) {
      this.#open++
      try {
        return await start()
      } catch (error) {
        this.#open--
        if (!(error instanceof NoSession) || signal.aborted) throw error
        if (this.#open > 0) {
          this.onFull(this.#open)
          lastWithOthers = performance.now()
        } else if (performance.now() - lastWithOthers > LINGERING) throw error
        await Promise.race([this.#anyEnds.promise, setTimeout(PAUSE)])
      }
    }
  }

  ended(): void {
    this.#open--
    this.#anyEnds.resolve()
    this.#anyEnds = Promise.withResolvers<void>()
  }
}
