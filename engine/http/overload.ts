import type { Log } from './exchange.ts'

/** Milliseconds of an overload in one line of the log. */
const PERIOD = 10_000

/** Logs how many connections were closed because more come than can be served. */
export class Overload {
  readonly #log: Log
  #closed = 0

  constructor(log: Log) {
    this.#log = log
  }

  /** Counts a closed connection. */
  add(): void {
    this.#closed++
    if (this.#closed === 1) setTimeout(() => this.#report(), PERIOD).unref()
  }

  #report(): void {
    this.#log.warn(
      { connections: this.#closed },
      'overload: closed connections that had waited too long for their TLS handshake',
    )
    this.#closed = 0
  }
}
