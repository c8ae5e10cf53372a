import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { Receipt } from './commit-receipts.ts'
import { LOCK_NOT_AVAILABLE } from './postgres-errors.ts'
import { OUTCOME } from './postgres-statements.ts'
import type { Batch, StoreUnavailable } from './store.ts'
import { outsideBudget } from './wait-budget.ts'

/** The most outcomes to be looked up. */
const MOST = 1000

/** Milliseconds between two rounds of look-ups: the first, and the longest. */
const FIRST = 50
const LONGEST = 1000

/** What became of a commit whose answer did not come. */
export type Outcome = 'made' | 'not made' | 'unknown'

/** An outcome that was looked up. */
export interface FoundOutcome {
  readonly outcome: Outcome
  /** Seconds from the loss of the answer. */
  readonly seconds: number
}

/** What is known of the commits that were sent with one receipt. */
interface FoundReceipt {
  readonly outcome: Outcome
  /** The value of its row. */
  readonly value: Uint8Array
}

/** No answer to a commit, or to a group of them, came. */
export class UnknownOutcome extends Error {
  override readonly name = 'UnknownOutcome'
  override readonly message = 'no answer to the commit came'
  /** Of everything that it has written, if it was made. */
  readonly version: string
  /** What became of each commit, once that is found; this can take as long as the database is away. */
  readonly outcomeOf: (batch: Batch) => Promise<Outcome>
  /** What a client is told if that is unknown or takes too long. */
  readonly unavailable: StoreUnavailable

  constructor(
    version: string,
    outcomeOf: (batch: Batch) => Promise<Outcome>,
    unavailable: StoreUnavailable,
  ) {
    super()
    this.version = version
    this.outcomeOf = outcomeOf
    this.unavailable = unavailable
  }
}

/** Runs a statement on a session of its own, and returns the rows when its changes are durable. */
type Run = (
  name: string,
  text: string,
  values: unknown[],
) => Promise<readonly { readonly version: string; readonly value: Uint8Array }[]>

interface Lookup {
  readonly receipt: Receipt
  readonly fence: string
  readonly begun: number
  readonly resolve: (found: FoundReceipt) => void
}

/**
 * Finds out what became of commits whose answer did not come, one after the other, until the database tells or the store is closed. If one
 * was not made, it cannot be made later either, whatever still carries it to the server or waits there: its receipt has another version.
 */
export class CommitOutcomes implements Disposable {
  readonly #run: Run
  readonly #found: (found: FoundOutcome) => void
  readonly #codeOf: (error: unknown) => string | undefined
  readonly #lookups = new Set<Lookup>()
  readonly #stop = new AbortController()
  #isRunning = false

  constructor({ run, found, codeOf }: Parts) {
    this.#run = run
    this.#found = found
    this.#codeOf = codeOf
  }

  /** Looks up the outcome of what was sent with that receipt. It is unknown if the row has been changed by another program, or if the store is closed. */
  find(receipt: Receipt): Promise<FoundReceipt> {
    const { promise, resolve } = Promise.withResolvers<FoundReceipt>()
    const lookup: Lookup = { receipt, fence: randomUUID(), begun: performance.now(), resolve }
    this.#lookups.add(lookup)
    const [oldest] = this.#lookups
    if (oldest && this.#lookups.size > MOST) this.#settle(oldest, UNKNOWN)
    if (this.#stop.signal.aborted) this.#settle(lookup, UNKNOWN)
    else void outsideBudget(() => this.#work())
    return promise
  }

  [Symbol.dispose]() {
    this.#stop.abort()
    for (const lookup of this.#lookups) this.#settle(lookup, UNKNOWN)
  }

  async #work(): Promise<void> {
    if (this.#isRunning) return
    this.#isRunning = true
    const { signal } = this.#stop
    for (let pause = FIRST; this.#lookups.size > 0; ) {
      // jitter: all nodes lost their connections together
      await wait(pause * (0.5 + Math.random()), undefined, { signal, ref: false }).catch(() => {})
      pause = (await this.#round()) ? FIRST : Math.min(2 * pause, LONGEST)
    }
    this.#isRunning = false
  }

  /** Looks up each once, until the database cannot be used. Returns whether any was found. */
  async #round(): Promise<boolean> {
    const before = this.#lookups.size
    for (const lookup of this.#lookups)
      try {
        this.#settle(lookup, await this.#ask(lookup))
      } catch (error) {
        // its backend may still be waiting; those of others may have ended
        if (this.#codeOf(error) !== LOCK_NOT_AVAILABLE) break
      }
    return this.#lookups.size < before
  }

  async #ask({ receipt, fence }: Lookup): Promise<FoundReceipt> {
    const { key, before, version } = receipt
    // a row that is gone was deleted by another program
    const inserted = before === undefined ? fence : randomUUID()
    const values = [key, before, fence, inserted]
    const found = (await this.#run('outcome', OUTCOME, values))[0]
    if (found?.version === version) return { outcome: 'made', value: found.value }
    return found?.version === fence ? { ...UNKNOWN, outcome: 'not made' } : UNKNOWN
  }

  #settle(lookup: Lookup, found: FoundReceipt): void {
    if (!this.#lookups.delete(lookup)) return
    lookup.resolve(found)
    const { outcome } = found
    this.#found({ outcome, seconds: (performance.now() - lookup.begun) / 1000 })
  }
}

const UNKNOWN: FoundReceipt = { outcome: 'unknown', value: new Uint8Array() }

interface Parts {
  readonly run: Run
  /** Called with each outcome that was looked up. */
  readonly found: (found: FoundOutcome) => void
  /** The SQLSTATE code of an error of {@link run}. */
  readonly codeOf: (error: unknown) => string | undefined
}
