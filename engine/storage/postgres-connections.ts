import { setTimeout as wait } from 'node:timers/promises'
import type { Database } from './database.ts'
import { databaseUrls } from './database-hosts.ts'
import { findPrimary } from './find-primary.ts'
import { NotSent, notSent, READ_ONLY, storeErrorOf } from './postgres-errors.ts'
import { codeOf, PostgresServer, type PostgresWork, type Work } from './postgres-server.ts'
import { Silence } from './statement-in-flight.ts'
import { type PendingOperation, withinBudget } from './wait-budget.ts'

/** Milliseconds until we stop waiting for a result, and of silence after which we look whether the server still answers. */
const SILENCE = 12_000
const PATIENCE = 1000

/** Milliseconds without new statements after one timed out, or servers did not say whether they take writes. */
const PAUSE = 1000

/** Milliseconds for which a look counts for those who are in doubt only, and that it takes where servers answer. */
const RECENT = 250

/** The most servers that one piece of work is tried at. */
const ATTEMPTS = 3

/**
 * Connections to the primary among the servers that the URL names. It is looked for when it does not answer, is lost, or takes no writes; one
 * look serves all who wait. Each server has connections of its own, so that those that an old primary has not ended do not count at the new one.
 */
export class Connections implements AsyncDisposable {
  /** Milliseconds to wait for a result. */
  readonly silence: number
  readonly #servers: readonly PostgresServer[]
  #primary: PostgresServer | undefined
  /** The highest timeline of a primary so far, if there are several servers. */
  #timeline = 0
  #looking: Promise<void> | undefined
  #lookedAt = Number.NEGATIVE_INFINITY
  #awayUntil = Number.NEGATIVE_INFINITY
  #away: unknown = new Silence()

  constructor(database: Database) {
    this.silence = database.silence ?? SILENCE
    this.#servers = databaseUrls(database.url.reveal()).map(
      url => new PostgresServer(url, { ...database, silence: this.silence }, () => this.doubt()),
    )
    if (this.#servers.length === 1) this.#primary = this.#servers[0]
  }

  /** Whether no server is known that takes writes. */
  get isAway(): boolean {
    return this.#primary === undefined
  }

  /** Whether the URL names several servers. */
  get hasSeveral(): boolean {
    return this.#servers.length > 1
  }

  /**
   * Runs `work` with a connection, limited by `silence` and by the budget of the current request.
   * @param silence milliseconds; longer for work with several statements
   * @throws {NotSent} if no server can be used, and `work` was not begun
   * @throws {StoreUnavailable} if the server cannot be used, or its answer did not come
   */
  use<T>(work: Work<T>, silence = this.silence): Promise<T> {
    return withinBudget(operation => this.#use(work, { silence, operation }))
  }

  /** Looks whether another server has taken over, if there is another. */
  doubt(): void {
    if (this.hasSeveral) void this.#lookAgain()
  }

  async [Symbol.asyncDispose]() {
    await Promise.all(this.#servers.map(server => server[Symbol.asyncDispose]()))
  }

  async #use<T>(work: Work<T>, wait: Wait): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const server = await this.#choose()
      try {
        return await this.#try(server, work, wait)
      } catch (error) {
        // nothing was sent: it may go to another server
        if (!(error instanceof NotSent) || wait.operation.isGivenUp) throw error
        if (this.#primary === server) await (server.isFull ? this.#lookAgain() : this.#look())
        if (this.#primary === server || attempt === ATTEMPTS) throw error
      }
    }
  }

  /** The primary, which is looked for if it is not known. @throws {NotSent} */
  async #choose(): Promise<PostgresServer> {
    if (performance.now() < this.#awayUntil) throw notSent(this.#away)
    if (!this.#primary) await this.#look()
    if (!this.#primary) throw notSent(this.#away)
    return this.#primary
  }

  async #try<T>(server: PostgresServer, work: Work<T>, wait: Wait): Promise<T> {
    if (server.isFull) throw notSent(new Silence())
    const held = server.begin(work, wait.operation)
    const patience = Math.min(PATIENCE, wait.silence)
    const timer = setTimeout(() => this.#outlast(server, held, wait.silence - patience), patience)
    try {
      return await held.answer
    } catch (error) {
      if (codeOf(error) === READ_ONLY) await this.#look()
      throw held.client ? storeErrorOf(error, codeOf(error)) : notSent(error)
    } finally {
      clearTimeout(timer)
    }
  }

  /** Ends to wait for an answer after so many milliseconds, or when no server takes writes, or another does. */
  async #outlast(server: PostgresServer, held: PostgresWork, milliseconds: number): Promise<void> {
    const timer = setTimeout(() => {
      if (held.isPending) this.#pause(new Silence())
      server.abandon(held)
    }, milliseconds)
    while (held.isPending) {
      // while the only server answers others, only this statement is slow; one of several may have been replaced, and answer reads
      // while its commits wait for ever
      const isSlow = this.#servers.length === 1 && server.answeredAt >= performance.now() - PATIENCE
      if (!isSlow) await this.#lookAgain()
      if (server.isLeft(held)) server.abandon(held)
      await Promise.race([held.answer.catch(() => undefined), pause(PATIENCE)])
    }
    clearTimeout(timer)
  }

  /** Looks for the primary, once for all who wait for that. */
  #look(): Promise<void> {
    this.#looking ??= this.#lookNow().finally(() => {
      this.#looking = undefined
      this.#lookedAt = performance.now()
    })
    return this.#looking
  }

  /** The same, unless that was just done. */
  async #lookAgain(): Promise<void> {
    if (this.#looking || performance.now() - this.#lookedAt > RECENT) await this.#look()
  }

  async #lookNow(): Promise<void> {
    const before = this.#primary
    const begun = performance.now()
    const found = await findPrimary(this.#servers, { current: before, least: this.#timeline })
    if ('server' in found) {
      if (this.hasSeveral) this.#timeline = Math.max(this.#timeline, found.timeline)
      this.#primary = found.server
      this.#awayUntil = Number.NEGATIVE_INFINITY
    } else {
      this.#primary = undefined
      this.#away = this.#reasonOf(found)
      // a server that refuses at once may be asked again at once: it is used from the moment when it is back
      if (performance.now() - begun > RECENT) this.#pause(this.#away)
    }
    if (before !== this.#primary) before?.leave()
  }

  #pause(why: unknown): void {
    this.#away = why
    this.#awayUntil = performance.now() + PAUSE
  }

  /** One error for those of all servers, which tells them apart. */
  #reasonOf(errors: readonly unknown[]): unknown {
    if (errors.length === 1) return errors[0]
    const named = errors.map((cause, index) => {
      const message = cause instanceof Error ? cause.message || cause.name : String(cause)
      return new Error(`${this.#servers[index]?.name}: ${message}`, { cause })
    })
    return new AggregateError(named)
  }
}

interface Wait {
  readonly silence: number
  readonly operation: PendingOperation
}

const pause = (milliseconds: number) => wait(milliseconds, undefined, { ref: false })
