/** Milliseconds that the clock of a node may be wrong before it ends nothing any more, and before it serves nothing. */
const OFF = 2000
const FAR_OFF = 60_000

interface Log {
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

interface Parts {
  /** Milliseconds since 1970, as the store sees it; absent for a store without a clock of its own. */
  readonly ask: (() => Promise<number>) | undefined
  readonly now: () => Date
  readonly log: Log
  /** Milliseconds that nobody can set. */
  readonly monotonic?: () => number
}

/** What one look at both clocks has shown, all in milliseconds. */
interface Look {
  /** When it was, by the monotonic clock. */
  readonly at: number
  /** The time of the store. */
  readonly store: number
  /** The time of this node, less that of the store. */
  readonly ahead: number
  /** Half the round trip: so much may both be wrong. */
  readonly error: number
}

/**
 * Holds the clock of this node against that of the store, which is the same for all nodes. One node whose clock is fast would end the
 * tokens and leases of all of them.
 */
export class StoreClock {
  readonly #parts: Parts
  readonly #monotonic: () => number
  /** What the store's clock would say if nobody had set it since the first look, less the monotonic clock. */
  #steady: number | undefined
  #isStepped = false
  #wrongBy = 0
  #state: 'right' | 'off' | 'far off' = 'right'

  constructor(parts: Parts) {
    this.#parts = parts
    this.#monotonic = parts.monotonic ?? (() => performance.now())
  }

  /** Milliseconds that the clock of this node is fast, or slow if below 0, by the last look; 0 where that is less than can be told. */
  get wrongBy(): number {
    return this.#wrongBy
  }

  /** Nothing may be ended by the clock of this node. */
  get isOff(): boolean {
    return this.#state !== 'right'
  }

  /** Nothing may be judged by it. */
  get isFarOff(): boolean {
    return this.#state === 'far off'
  }

  /** Looks at both clocks. @throws {StoreUnavailable} if the store does not answer; then all stays as it was */
  async look(): Promise<void> {
    const { ask, now } = this.#parts
    if (!ask) return
    const [begun, here] = [this.#monotonic(), now().getTime()]
    const store = await ask()
    const error = (this.#monotonic() - begun) / 2
    this.#judge({ at: begun + error, store, ahead: here + error - store, error })
  }

  #judge({ at, store, ahead, error }: Look): void {
    const steady = this.#steady ?? store - at
    const stepped = store - at - steady
    // whoever has set the store's clock has not made that of this node wrong
    const nearest = Math.abs(ahead) <= Math.abs(ahead + stepped) ? ahead : ahead + stepped
    const least = Math.max(0, Math.abs(nearest) - error)
    this.#wrongBy = Math.sign(nearest) * least
    const isStep = Math.abs(stepped) - error > OFF
    // clocks drift; where both agree, all is well again
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
    else this.#parts.log.error(facts, SAID[state])
  }
}

const STEPPED = 'the clock of the database has been set; this node goes by what it was before'

const SAID = {
  off: 'the clock of this node is not that of the database: it ends no tokens and leases until that is put right',
  'far off':
    'the clock of this node is more than a minute from that of the database: it serves nothing until that is put right',
} as const
