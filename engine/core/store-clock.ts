/** Milliseconds of clock error from which on a node revokes nothing, and from which on it serves nothing. */
const OFF = 2000
const FAR_OFF = 60_000

interface Log {
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

interface StoreClockOptions {
  /** The store's clock, in milliseconds since 1970; absent for a store without a clock of its own. */
  readonly ask: (() => Promise<number>) | undefined
  readonly now: () => Date
  readonly log: Log
  /** Milliseconds of a monotonic clock. */
  readonly monotonic?: () => number
}

/** One comparison of both clocks, in milliseconds. */
interface Comparison {
  /** When it was made, by the monotonic clock. */
  readonly at: number
  /** The time of the store. */
  readonly store: number
  /** The time of this node, less that of the store. */
  readonly ahead: number
  /** Half the round trip: the uncertainty of both. */
  readonly error: number
}

/**
 * Compares the clock of this node with that of the store, which is the same for all nodes. One node whose clock is fast would end the
 * tokens and leases of all of them.
 */
export class StoreClock {
  readonly #parts: StoreClockOptions
  readonly #monotonic: () => number
  /** What the store's clock would show if it had not been set since the first comparison, less the monotonic clock. */
  #steady: number | undefined
  #isStepped = false
  #wrongBy = 0
  #state: 'right' | 'off' | 'far off' = 'right'

  constructor(parts: StoreClockOptions) {
    this.#parts = parts
    this.#monotonic = parts.monotonic ?? (() => performance.now())
  }

  /** Milliseconds that the clock of this node is fast, or slow if negative, by the last comparison; 0 if within its uncertainty. */
  get wrongBy(): number {
    return this.#wrongBy
  }

  /** The clock is too far off to revoke anything. */
  get isOff(): boolean {
    return this.#state !== 'right'
  }

  /** The clock is too far off to serve anything. */
  get isFarOff(): boolean {
    return this.#state === 'far off'
  }

  /** Compares both clocks. @throws {StoreUnavailable} if the store does not answer; the state is then unchanged */
  async look(): Promise<void> {
    const { ask, now } = this.#parts
    if (!ask) return
    const [begun, here] = [this.#monotonic(), now().getTime()]
    const store = await ask()
    const error = (this.#monotonic() - begun) / 2
    this.#judge({ at: begun + error, store, ahead: here + error - store, error })
  }

  #judge({ at, store, ahead, error }: Comparison): void {
    const steady = this.#steady ?? store - at
    const stepped = store - at - steady
    // a step of the store's clock does not make that of this node wrong
    const nearest = Math.abs(ahead) <= Math.abs(ahead + stepped) ? ahead : ahead + stepped
    const least = Math.max(0, Math.abs(nearest) - error)
    this.#wrongBy = Math.sign(nearest) * least
    const isStep = Math.abs(stepped) - error > OFF
    // clocks drift; once both agree, the state is right again
    const agrees = !isStep || Math.abs(ahead) <= OFF
    if (agrees) this.#steady = store - at
    if (!agrees && !this.#isStepped) this.#parts.log.warn({ step_ms: Math.round(stepped) }, STEPPED)
    this.#isStepped = !agrees
    this.#enter(least > FAR_OFF ? 'far off' : least > OFF ? 'off' : 'right')
  }

  #enter(state: 'right' | 'off' | 'far off'): void {
    if (state === this.#state) return
    this.#state = state
    const facts = { wrong_by_ms: Math.round(this.#wrongBy) }
    if (state === 'right') this.#parts.log.warn(facts, 'the clock of this node is right again')
    else this.#parts.log.error(facts, MESSAGES[state])
  }
}

const STEPPED = 'the clock of the database has been set; this node uses what it was before'

const MESSAGES = {
  off: 'the clock of this node differs from that of the database: it revokes no tokens or leases until that is corrected',
  'far off':
    'the clock of this node is more than a minute from that of the database: it serves nothing until that is corrected',
} as const
