import type { Socket } from 'node:net'

/** Connections that may begin in an iteration of the event loop in which none was accepted. */
const AT_ONCE = 8

/** One in so many iterations begins a connection even while others are being accepted. */
const EVERY = 32

export interface ArrivalLimits {
  /** Milliseconds after which a connection that waits is closed, unless it can begin at once. */
  readonly wait: number
  /** Called for each connection that has been closed for that. */
  readonly onClosed: () => void
}

interface Arrival {
  readonly socket: Socket
  /** By `performance.now()`. */
  readonly at: number
  readonly begin: () => void
}

/**
 * A queue of new connections, before their TLS handshake: first in, first out, and closed if the wait is too long. If clients give up
 * and come again, an engine that works on everything that came first does all its work for clients that have gone.
 *
 * libuv accepts one connection in each iteration of the event loop, and how long a connection has waited in the kernel's queue cannot
 * be told. So accepting has priority: while connections are being accepted, few begin, iterations are short, and the kernel's queue is
 * soon empty.
 */
export class Arrivals {
  readonly #limits: ArrivalLimits
  readonly #waiting = new Set<Arrival>()
  #isPlanned = false
  #hasAccepted = false
  /** Iterations in sequence in which a connection was accepted. */
  #accepting = 0

  constructor(limits: ArrivalLimits) {
    this.#limits = limits
  }

  /** Calls `begin` when it is the turn of this connection, unless it is closed before. */
  add(socket: Socket, begin: () => void): void {
    const arrival = { socket, at: performance.now(), begin }
    this.#waiting.add(arrival)
    // nobody else listens yet, and a reset would end the process
    socket.on('error', () => {})
    socket.once('close', () => this.#waiting.delete(arrival))
    this.#hasAccepted = true
    this.#plan()
  }

  #plan(): void {
    if (this.#isPlanned || this.#waiting.size === 0) return
    this.#isPlanned = true
    setImmediate(() => {
      this.#isPlanned = false
      this.#closeLate()
      for (let left = this.#allowed(); left > 0; left--) this.#begin()
      this.#plan()
    })
  }

  /** How many may begin in this iteration. */
  #allowed(): number {
    const hasAccepted = this.#hasAccepted
    this.#hasAccepted = false
    this.#accepting = hasAccepted ? this.#accepting + 1 : 0
    if (!hasAccepted) return AT_ONCE
    return this.#accepting % EVERY === 0 ? 1 : 0
  }

  /** Keeps those that can begin at once: after a pause of the process, late does not mean that there are too many. */
  #closeLate(): void {
    const { wait, onClosed } = this.#limits
    const earliest = performance.now() - wait
    for (const arrival of this.#waiting) {
      if (arrival.at > earliest || this.#waiting.size <= AT_ONCE) return
      this.#waiting.delete(arrival)
      arrival.socket.destroy()
      onClosed()
    }
  }

  #begin(): void {
    const [first] = this.#waiting
    if (!first) return
    this.#waiting.delete(first)
    first.begin()
  }
}
