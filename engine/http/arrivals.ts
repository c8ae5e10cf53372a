import type { Socket } from 'node:net'
import { parseAddress } from '../../shared/address.ts'
import { sourceOf } from '../limit/client-network.ts'

/** Connections that may begin in an iteration of the event loop in which none was accepted. */
const AT_ONCE = 8

/** One in so many iterations begins a connection even while others are being accepted. */
const EVERY = 32

/** Milliseconds: an iteration that takes so long is not due to connections, but the process was paused, or the machine. */
const PAUSE = 1000

export interface ArrivalLimits {
  /** Milliseconds after which a connection that waits is closed, unless it can begin at once. */
  readonly wait: number
  /** Called for each connection that has been closed for that. */
  readonly onClosed: () => void
  /** Whether an address is that of a load balancer. Each of its connections has a turn of its own, since its clients are not known yet. */
  readonly isBalancer: (address: string) => boolean
}

/** A network, or a connection of a load balancer. */
type Source = string | Socket

interface Arrival {
  readonly socket: Socket
  readonly source: Source
  /** By `performance.now()`: since when it waits, without pauses of the process. */
  since: number
  readonly begin: () => void
}

/**
 * A queue of new connections, before their TLS handshake. They begin round-robin by source, those of one source in their order, and are
 * closed if the wait is too long. If clients give up and come again, an engine that works on everything that came first does all its work
 * for clients that have gone; and if sources had no turns, one with many connections could have all others closed.
 *
 * libuv accepts one connection in each iteration of the event loop, and how long a connection has waited in the kernel's queue cannot
 * be told. So accepting has priority: while connections are being accepted, few begin, iterations are short, and the kernel's queue is
 * soon empty.
 */
export class Arrivals {
  readonly #limits: ArrivalLimits
  /** In the order in which they came. */
  readonly #waiting = new Set<Arrival>()
  /** The same by source, in the order of their turns. */
  readonly #turns = new Map<Source, Set<Arrival>>()
  #isPlanned = false
  /** When an iteration was last planned. */
  #plannedAt = 0
  #hasAccepted = false
  /** Iterations in sequence in which a connection was accepted. */
  #accepting = 0

  constructor(limits: ArrivalLimits) {
    this.#limits = limits
  }

  /** Calls `begin` when it is the turn of this connection, unless it is closed before. */
  add(socket: Socket, begin: () => void): void {
    const source = this.#sourceOf(socket)
    const arrival = { socket, source, since: performance.now(), begin }
    this.#waiting.add(arrival)
    const own = this.#turns.get(source)
    if (own) own.add(arrival)
    else this.#turns.set(source, new Set([arrival]))
    // nobody else listens yet: a reset would end the process, and the end of one that says nothing would be noticed by no one
    socket.on('error', () => {})
    socket.once('end', () => this.#waiting.has(arrival) && socket.destroy())
    socket.once('close', () => this.#remove(arrival))
    this.#hasAccepted = true
    this.#plan()
  }

  #sourceOf(socket: Socket): Source {
    const { remoteAddress = '' } = socket
    const address = parseAddress(remoteAddress) ?? remoteAddress
    return this.#limits.isBalancer(address) ? socket : sourceOf(address)
  }

  #plan(): void {
    if (this.#isPlanned || this.#waiting.size === 0) return
    this.#isPlanned = true
    this.#plannedAt = performance.now()
    setImmediate(() => {
      this.#isPlanned = false
      this.#forgivePause()
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

  /** After a pause, late does not mean that there are too many. */
  #forgivePause(): void {
    const now = performance.now()
    if (now - this.#plannedAt < PAUSE) return
    for (const arrival of this.#waiting) arrival.since = now
  }

  /** Keeps those that can begin at once. */
  #closeLate(): void {
    const { wait, onClosed } = this.#limits
    const earliest = performance.now() - wait
    for (const arrival of this.#waiting) {
      if (arrival.since > earliest || this.#waiting.size <= AT_ONCE) return
      this.#remove(arrival)
      arrival.socket.destroy()
      onClosed()
    }
  }

  #begin(): void {
    const [turn] = this.#turns
    const [source, own] = turn ?? []
    const [first] = own ?? []
    if (source === undefined || !own || !first) return
    this.#remove(first)
    // behind the others, if it has more
    if (this.#turns.delete(source)) this.#turns.set(source, own)
    first.begin()
  }

  #remove(arrival: Arrival): void {
    this.#waiting.delete(arrival)
    const own = this.#turns.get(arrival.source)
    own?.delete(arrival)
    if (own?.size === 0) this.#turns.delete(arrival.source)
  }
}
