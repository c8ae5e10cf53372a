import { setTimeout as wait } from 'node:timers/promises'
import {
  ANSWERS,
  type CommitAnswer,
  groupVerdict,
  MADE,
  numberOf,
  refusedIn,
  requireMade,
  UNDONE,
} from './commit-answer.ts'
import {
  CommitOutcomes,
  type FoundOutcome,
  type Outcome,
  UnknownOutcome,
} from './commit-outcomes.ts'
import { CommitReceipts, type Receipt } from './commit-receipts.ts'
import { statementFor } from './commit-statement.ts'
import { valuesOf } from './commit-values.ts'
import { GroupedCommits, type GroupVerdict } from './grouped-commits.ts'
import { isRolledBack } from './is-rolled-back.ts'
import { MOVED, UNFINISHED } from './moved.ts'
import type { Connections } from './postgres-connections.ts'
import { isUndone, isWithoutEffect, READ_ONLY } from './postgres-errors.ts'
import { codeOf } from './postgres-server.ts'
import { COMMIT, FORGET_RECEIPTS, LOCK_OUT } from './postgres-statements.ts'
import { type Batch, Conflict, NameTooLong, StoreUnavailable } from './store.ts'
import { outsideBudget, type PendingOperation } from './wait-budget.ts'

/** Milliseconds for work with several statements, which may wait for locks. */
const SEVERAL = 60_000

/** Milliseconds from the sending of a commit that its outcome is waited for while no server takes writes, and between two checks of that. */
const PATIENCE = 2800
const CHECK = 100

/** Attempts at a commit that the server rolls back because of concurrent ones, or that was not made. */
const ATTEMPTS = 10

/**
 * The commits of one process to the table. Each is one statement, with a receipt by which its outcome is found if no answer comes. One that was
 * not made is then sent again, if someone still waits for it.
 */
export class PostgresCommits implements Disposable {
  readonly #connections: Connections
  readonly #receipts: CommitReceipts
  readonly #outcomes: CommitOutcomes
  readonly #groups = new GroupedCommits(take => this.#makeGroup(take))

  constructor({ connections, time, found }: Parts) {
    this.#connections = connections
    this.#receipts = new CommitReceipts(time)
    this.#outcomes = new CommitOutcomes({
      run: (name, text, values) => this.#rows(name, text, values),
      found,
      codeOf: causeCodeOf,
    })
  }

  /** Commits a batch, outside of the budget of a request. @throws {Conflict}, {NameTooLong} or {StoreUnavailable} */
  commit(batch: Batch, operation: PendingOperation): Promise<void> {
    return outsideBudget(() => this.#commit(batch, operation))
  }

  async #commit(batch: Batch, operation: PendingOperation): Promise<void> {
    if (!isMark(batch)) {
      const sending = this.#groups.commit(batch, operation).then(verdict => ANSWERS[verdict])
      const verdict = await this.#settled(batch, sending)
      if (verdict !== UNDONE) return requireMade(verdict)
    }
    await this.#commitByItself(batch, operation)
  }

  /** The same, while no other commit is in progress. If no answer comes, its outcome is not looked up. */
  async commitAlone(batch: Batch): Promise<void> {
    const verdict = await this.#connections.use(async client => {
      await client.query('begin')
      try {
        await client.query(LOCK_OUT)
        const { rows } = await client.query<CommitAnswer>(COMMIT, valuesOf(batch))
        await client.query('commit')
        return rows[0]
      } catch (error) {
        await client.query('rollback')
        throw error
      }
    }, SEVERAL)
    requireMade(verdict)
  }

  /** Deletes the receipts of processes that have ended. */
  async forgetReceipts(): Promise<void> {
    await this.#rows('receipts', FORGET_RECEIPTS, [...this.#receipts.swept()])
  }

  /** Looks up no more outcomes: they are unknown. */
  [Symbol.dispose]() {
    this.#outcomes[Symbol.dispose]()
  }

  /** Sends a group of commits, which is complete when there is a connection for it. */
  async #makeGroup(take: () => readonly Batch[]): Promise<(batch: Batch) => GroupVerdict> {
    let batches: readonly Batch[] = []
    try {
      const verdict = await this.#send(() => {
        batches = take()
        return batches
      })
      return batch => groupVerdict(verdict, batches, batch)
    } catch (error) {
      if (isWithoutEffect(causeCodeOf(error))) return () => 'alone'
      throw error
    }
  }

  async #commitByItself(batch: Batch, operation: PendingOperation): Promise<void> {
    const take = () => {
      if (operation.isGivenUp) throw new Error('the request has stopped waiting')
      return [batch]
    }
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const sending = this.#send(take, { waits: true }).catch(unlessUndone)
      const verdict = await this.#settled(batch, sending)
      if (verdict !== UNDONE) return requireMade(verdict)
    }
    throw new Conflict(`the commit conflicted ${ATTEMPTS} times`)
  }

  /**
   * Sends commits, unless there are none.
   * @param waits whether the one commit that is sent waits for rows that others have locked
   * @throws {UnknownOutcome} if they were sent, and may have been made
   */
  async #send(
    take: () => readonly Batch[],
    { waits = false } = {},
  ): Promise<CommitAnswer | undefined> {
    const sent: Sent = { batches: [] }
    try {
      const answer = await this.#connections.use(async client => {
        const batches = take()
        // all have been given up
        if (batches.length === 0) return MADE
        const receipt = this.#receipts.take()
        Object.assign(sent, { batches, receipt })
        try {
          const statement = statementFor(batches, receipt, waits)
          return (await client.query<CommitAnswer>(statement)).rows[0]
        } catch (error) {
          if (await isRolledBack(client, error)) sent.receipt = this.#notMade(receipt)
          throw error
        }
      })
      if (answer?.good) this.#made(sent, refusedIn(answer.refused))
      else this.#notMade(sent.receipt)
      return answer
    } catch (error) {
      const { receipt, batches } = sent
      if (!receipt || !(error instanceof StoreUnavailable)) throw error
      const finding = this.#outcomes.find(receipt)
      const outcomeOf = async (batch: Batch): Promise<Outcome> => {
        const { outcome, value } = await finding
        const refused = refusedIn(Buffer.from(value).toString())
        return refused.has(numberOf(batches, batch)) ? 'not made' : outcome
      }
      throw new UnknownOutcome(receipt.version, outcomeOf, error)
    }
  }

  #made({ batches, receipt }: Sent, refused: ReadonlySet<number>): void {
    if (!receipt) return
    this.#receipts.made(receipt)
    for (const batch of batches)
      if (!refused.has(numberOf(batches, batch))) batch.committed?.(receipt.version)
  }

  #notMade(receipt: Receipt | undefined): undefined {
    if (receipt) this.#receipts.notMade(receipt)
  }

  /** The verdict about a commit that was sent, or {@link MADE} or {@link UNDONE}, if no answer came. @throws {StoreUnavailable} if its outcome is not found in time */
  async #settled(batch: Batch, sending: Promise<CommitAnswer | undefined>) {
    const begun = performance.now()
    try {
      return await sending
    } catch (error) {
      if (!(error instanceof UnknownOutcome)) throw error
      const outcome = await this.#inTime(error.outcomeOf(batch), begun)
      if (outcome === 'unknown') throw error.unavailable
      if (outcome === 'made') batch.committed?.(error.version)
      return outcome === 'made' ? MADE : UNDONE
    }
  }

  /** The outcome, if it is found while someone may wait for it: not for long, if no server takes writes. */
  async #inTime(outcome: Promise<Outcome>, begun: number): Promise<Outcome> {
    const end = performance.now() + this.#connections.silence
    let found: Outcome | undefined
    const finding = outcome.then(is => {
      found = is
    })
    const isLate = (now: number) =>
      now > end || (this.#connections.isAway && now > begun + PATIENCE)
    while (found === undefined && !isLate(performance.now()))
      await Promise.race([finding, wait(CHECK, undefined, { ref: false })])
    return found ?? 'unknown'
  }

  async #rows<R extends object>(
    name: string,
    text: string,
    values: unknown[],
  ): Promise<readonly R[]> {
    return this.#connections.use(
      async client => (await client.query<R>({ name, text, values })).rows,
    )
  }
}

interface Parts {
  readonly connections: Connections
  /** Milliseconds since 1970 by the clock of the database. */
  readonly time: () => number
  /** Called with each outcome that was looked up. */
  readonly found: (found: FoundOutcome) => void
}

/** Commits, and their receipt unless the server has rolled them back. */
interface Sent {
  batches: readonly Batch[]
  receipt?: Receipt | undefined
}

/** Whether a commit marks the storage as migrated or incomplete, which lets it pass where others may not. */
const isMark = ({ reads, writes }: Batch): boolean =>
  [MOVED, UNFINISHED].some(mark => reads.has(mark) || writes.has(mark))

function unlessUndone(error: unknown): CommitAnswer {
  // a server that takes no writes has been left
  if (!isUndone(codeOf(error)) && causeCodeOf(error) !== READ_ONLY) throw error
  return UNDONE
}

/** The code of the server for an error of the store. */
const causeCodeOf = (error: unknown): string | undefined =>
  codeOf(error instanceof StoreUnavailable || error instanceof NameTooLong ? error.cause : error)
