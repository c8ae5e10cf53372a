import { setTimeout } from 'node:timers/promises'
import { NoSession } from './session-errors.ts'

/** Milliseconds between two attempts, unless a session of this connection ends earlier. */
const PAUSE = 250

/** Milliseconds that a host may take to end an abandoned session, such as one whose script was sent SIGTERM. */
const LINGERING = 3000

/** The sessions of one connection. sshd allows ten by default (`MaxSessions`), and does not announce its limit. */
export class Sessions {
  /** Called with the number of sessions that the host allows, after it has refused one. */
  onFull: (most: number) => void = () => undefined
  #open = 0
  #anyEnds = Promise.withResolvers<void>()

  /**
   * Opens a session as soon as the host allows it. The caller calls {@link ended} after it.
   * @throws {NoSession} if the host refuses one although none is open, or does not allow one in time
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
