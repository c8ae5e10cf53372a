import { setTimeout as wait } from 'node:timers/promises'
import {
  CommitOutcomes,
  type FoundOutcome,
  type Outcome,
  UnknownOutcome,
} from './commit-outcomes.ts'
import { CommitReceipts, type Receipt } from './commit-receipts.ts'
import { valuesOf } from './commit-values.ts'
import { GroupedCommits } from './grouped-commits.ts'
import { IS_MOVED, MOVED, UNFINISHED } from './moved.ts'
import type { Connections } from './postgres-connections.ts'
import { COMPLETION_UNKNOWN, isUndone, isWithoutEffect, READ_ONLY } from './postgres-errors.ts'
import { codeOf } from './postgres-server.ts'
import { COMMIT, COMMIT_AT_ONCE, FORGET_RECEIPTS, LOCK_OUT } from './postgres-statements.ts'
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
      const sending = this.#groups.commit(batch, operation)
      const verdict = sending.then(isMade => (isMade ? MADE : UNDONE))
      if ((await this.#settled(batch, verdict)) === MADE) return
    }
    await this.#commitByItself(batch, operation)
  }

  /** The same, while no other commit is in progress. If no answer comes, its outcome is not looked up. */
  async commitAlone(batch: Batch): Promise<void> {
    const verdict = await this.#connections.use(async client => {
      await client.query('begin')
      try {
        await client.query(LOCK_OUT)
        const { rows } = await client.query<Verdict>(COMMIT, valuesOf(batch))
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

  /** Makes a group of commits, which is complete when there is a connection for it; returns false if nothing of it was made. */
  async #makeGroup(take: () => Batch): Promise<boolean> {
    try {
      return (await this.#send('group', COMMIT_AT_ONCE, take))?.good === true
    } catch (error) {
      if (isWithoutEffect(causeCodeOf(error))) return false
      throw error
    }
  }

  async #commitByItself(batch: Batch, operation: PendingOperation): Promise<void> {
    const take = () => {
      if (operation.isGivenUp) throw new Error('the request has stopped waiting')
      return batch
    }
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const sending = this.#send('commit', COMMIT, take).catch(unlessUndone)
      const verdict = await this.#settled(batch, sending)
      if (verdict === UNDONE) continue
      requireMade(verdict)
      return
    }
    throw new Conflict(`the commit conflicted ${ATTEMPTS} times`)
  }

  /** Sends a batch, unless it is empty. @throws {UnknownOutcome} if it was sent, and may have been made */
  async #send(name: string, text: string, take: () => Batch): Promise<Verdict | undefined> {
    const sent: Sent = {}
    try {
      const verdict = await this.#connections.use(async client => {
        const batch = take()
        // all have been given up
        if (batch.writes.size === 0 && batch.reads.size === 0) return MADE
        const receipt = this.#receipts.take()
        Object.assign(sent, { batch, receipt })
        try {
          const values = valuesOf(batch, receipt)
          return (await client.query<Verdict>({ name, text, values })).rows[0]
        } catch (error) {
          if (await isRolledBack(client, error)) sent.receipt = this.#notMade(receipt)
          throw error
        }
      })
      if (verdict?.good) this.#made(sent)
      else this.#notMade(sent.receipt)
      return verdict
    } catch (error) {
      if (!sent.receipt || !(error instanceof StoreUnavailable)) throw error
      const { version } = sent.receipt
      throw new UnknownOutcome(version, this.#outcomes.find(sent.receipt), error)
    }
  }

  #made({ batch, receipt }: Sent): void {
    if (!receipt) return
    this.#receipts.made(receipt)
    batch?.committed?.(receipt.version)
  }

  #notMade(receipt: Receipt | undefined): undefined {
    if (receipt) this.#receipts.notMade(receipt)
  }

  /** The verdict about a commit that was sent, or {@link MADE} or {@link UNDONE}, if no answer came. @throws {StoreUnavailable} if its outcome is not found in time */
  async #settled(batch: Batch, sending: Promise<Verdict | undefined>) {
    const begun = performance.now()
    try {
      return await sending
    } catch (error) {
      if (!(error instanceof UnknownOutcome)) throw error
      const outcome = await this.#inTime(error.outcome, begun)
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

/** A batch, and its receipt unless the server has rolled it back. */
interface Sent {
  batch?: Batch
  receipt?: Receipt | undefined
}

/** Whether a commit marks the storage as migrated or incomplete, which lets it pass where others may not. */
const isMark = ({ reads, writes }: Batch): boolean =>
  [MOVED, UNFINISHED].some(mark => reads.has(mark) || writes.has(mark))

/** The result of {@link COMMIT}. */
interface Verdict {
  readonly good: boolean
  readonly moved: boolean
}

const MADE: Verdict = { good: true, moved: false }

/** Stands for a commit that had no effect, and may be sent again. */
const UNDONE: Verdict = { good: false, moved: false }

/** @throws {Conflict} or {StoreUnavailable} if the commit was refused */
function requireMade(verdict: Verdict | undefined): void {
  if (verdict?.moved) throw new StoreUnavailable(IS_MOVED)
  if (!verdict?.good) throw new Conflict('something that was read has changed')
}

function unlessUndone(error: unknown): Verdict {
  // a server that takes no writes has been left
  if (!isUndone(codeOf(error)) && causeCodeOf(error) !== READ_ONLY) throw error
  return UNDONE
}

/** Whether a statement that failed had no effect. Errors after which the session goes on have rolled it back; others may come after the commit. */
async function isRolledBack(
  session: { query(text: string): Promise<unknown> },
  error: unknown,
): Promise<boolean> {
  const code = codeOf(error)
  if (code === undefined || code === COMPLETION_UNKNOWN) return false
  if (isWithoutEffect(code)) return true
  return session.query('select').then(
    () => true,
    () => false,
  )
}

/** The code of the server for an error of the store. */
const causeCodeOf = (error: unknown): string | undefined =>
  codeOf(error instanceof StoreUnavailable || error instanceof NameTooLong ? error.cause : error)
