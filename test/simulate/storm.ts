import { Earliest } from './earliest.ts'
import { randomFrom } from './random.ts'

/** A storm: hosts that come back together after an outage, each with one request. */
export interface Storm {
  readonly hosts: number
  /** Seconds within which they come back, each at a random moment. */
  readonly spread: number
  /** Microseconds of processor time of one request on a new connection, the handshake included. */
  readonly cost: number
  /** Microseconds of processor time of a connection that is closed before its handshake. */
  readonly closed?: number
  /** Seconds after which the engine closes a connection whose handshake has not begun. */
  readonly wait?: number
  /** Seconds until a request that failed is tried again, half of them to one and a half times as many. */
  readonly retry: number
  /** Seconds that a host waits for the answer: `deadline` of the helper. */
  readonly deadline?: number
  /** Connections at the same time: `max_connections` of the engine. At the limit, the one that has waited longest is closed. */
  readonly connections?: number
  readonly seed?: number
}

export interface StormResult {
  /** Seconds until the last host is served; infinite if the storm does not end. */
  readonly until: number
  /** Seconds from the first request of a host until it is served. */
  readonly p50: number
  readonly p99: number
  /** Attempts that failed, and were repeated. */
  readonly failures: number
  /** Connections at the same time, at most. */
  readonly connections: number
}

/** The helper's defaults, and the engine's. */
const DEADLINE = 3
const CONNECTIONS = 4096
const WAIT = 1.5
const CLOSED = 105
/** How many times as long as the formula says a storm is played, in seconds besides. What is not over then does not end. */
const PATIENCE = { times: 5, seconds: 30 }

/** A host, and when it comes. */
interface Attempt {
  readonly host: number
  readonly at: number
}

/** Seconds until a node has served all, if none is given up: it never rests until then, and the last host comes at the end of the spread. */
export const drainTime = ({ hosts, spread, cost }: Pick<Storm, 'hosts' | 'spread' | 'cost'>) =>
  Math.max(spread, (hosts * cost) / 1e6)

/**
 * Plays a storm on one processor, event by event. The node works on what came first, and closes what has waited too long. What it has
 * done for a host that has given up meanwhile is lost. The same seed gives the same result.
 */
export function simulateStorm(storm: Storm): StormResult {
  return new Play(storm).run()
}

class Play {
  readonly #storm: Required<Storm>
  readonly #random: () => number
  readonly #first: number[] = []
  readonly #served: number[] = []
  /** Hosts by the time of their next attempt. */
  readonly #coming = new Earliest<Attempt>()
  /** The longest waiting first. */
  readonly #waiting = new Set<Attempt>()
  #most = 0
  #failures = 0
  #clock = 0

  constructor(storm: Storm) {
    this.#storm = {
      ...{ deadline: DEADLINE, connections: CONNECTIONS, wait: WAIT, closed: CLOSED, seed: 1 },
      ...storm,
    }
    this.#random = randomFrom(this.#storm.seed)
    const { hosts, spread } = this.#storm
    for (let host = 0; host < hosts; host++) {
      const at = this.#random() * spread
      this.#first[host] = at
      this.#coming.add({ host, at })
    }
  }

  run(): StormResult {
    const end = drainTime(this.#storm) * PATIENCE.times + PATIENCE.seconds
    while (this.#served.length < this.#storm.hosts && this.#clock < end) {
      this.#admit()
      const [attempt] = this.#waiting
      if (attempt) this.#work(attempt)
      else this.#clock = Math.max(this.#clock, this.#coming.first?.at ?? this.#clock)
    }
    const sorted = this.#served.toSorted((a, b) => a - b)
    // of all hosts, also of those that are never served
    const within = (part: number) =>
      sorted[Math.floor((this.#storm.hosts - 1) * part)] ?? Number.POSITIVE_INFINITY
    const [p50, p99] = [within(0.5), within(0.99)]
    const until = this.#served.length < this.#storm.hosts ? Number.POSITIVE_INFINITY : this.#clock
    return { until, p50, p99, failures: this.#failures, connections: this.#most }
  }

  /** Connects those who have come by now. */
  #admit(): void {
    for (;;) {
      const { first } = this.#coming
      if (!first || first.at > this.#clock) return
      this.#coming.take()
      this.#connect(first)
    }
  }

  #connect(attempt: Attempt): void {
    const [longest] = this.#waiting
    if (longest && this.#waiting.size >= this.#storm.connections) this.#close(longest)
    this.#waiting.add(attempt)
    this.#most = Math.max(this.#most, this.#waiting.size)
  }

  #work(attempt: Attempt): void {
    const { cost, wait, deadline } = this.#storm
    if (this.#clock > attempt.at + wait) {
      this.#close(attempt)
      return
    }
    this.#waiting.delete(attempt)
    this.#clock += cost / 1e6
    if (this.#clock > attempt.at + deadline) this.#fail(attempt, attempt.at + deadline)
    else this.#served.push(this.#clock - (this.#first[attempt.host] ?? 0))
  }

  #close(attempt: Attempt): void {
    this.#waiting.delete(attempt)
    this.#clock += this.#storm.closed / 1e6
    this.#fail(attempt, this.#clock)
  }

  #fail({ host }: Attempt, at: number): void {
    this.#failures++
    this.#coming.add({ host, at: at + this.#storm.retry * (0.5 + this.#random()) })
  }
}
