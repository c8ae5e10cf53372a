import pg from 'pg'
import { noteCancelledWaits, requireAllWaited } from './cancelled-waits.ts'
import type { Database } from './database.ts'
import { INSUFFICIENT_RESOURCES, READ_ONLY } from './postgres-errors.ts'
import { noteDemotion, setUpSession, TakesNoWrites } from './postgres-session.ts'
import { IS_READ_ONLY, TIMELINE } from './postgres-statements.ts'
import { type InFlight, Silence, StatementInFlight } from './statement-in-flight.ts'
import { isLost, noteLoss, UnansweredSessions } from './unanswered-sessions.ts'
import type { PendingOperation } from './wait-budget.ts'

/** Milliseconds to connect, and to find out whether a server takes writes. */
const CONNECT = 5000
const LOOK = 1500

/** The application names of engines' sessions, and of those that are not for requests. */
export const ENGINE = 'postern'
const COMMAND = 'postern operator'

/** What runs on one connection. */
export type Work<T> = (client: pg.PoolClient) => Promise<T>

/** Work on a connection of a server. */
export type PostgresWork = InFlight<pg.PoolClient>

/** What a look at a server has found. */
export interface Sight {
  readonly state: 'writable' | 'read-only' | 'silent'
  /** Counts the promotions since the cluster was created; 0 if the server does not say. */
  readonly timeline: number
  /** Why it cannot be used. */
  readonly error?: unknown
}

/**
 * A pool of connections to one server. A connection whose answer did not come counts as used until the server has finished the statement:
 * {@link UnansweredSessions}.
 */
export class PostgresServer implements AsyncDisposable {
  /** The host, and the port if that is named. */
  readonly name: string
  readonly #url: string
  readonly #database: Database
  readonly #pool: pg.Pool
  readonly #unanswered = new UnansweredSessions(() => this.#connectAside(CONNECT))
  readonly #inFlight = new Set<PostgresWork>()
  readonly #doubt: () => void
  readonly #left = new WeakSet<PostgresWork>()
  #sight: Sight | undefined
  #answeredAt = Number.NEGATIVE_INFINITY
  #hasRaised = false

  /** @param doubt called when something suggests that the server is the primary no longer */
  constructor(url: string, database: Database, doubt: () => void) {
    this.name = new URL(url).host
    this.#url = url
    this.#database = database
    this.#doubt = doubt
    const { connections, schema, silence = CONNECT } = database
    this.#pool = new pg.Pool({
      connectionString: url,
      max: connections,
      connectionTimeoutMillis: Math.min(CONNECT, silence),
      keepAlive: true,
      application_name: database.isCommand ? COMMAND : ENGINE,
      onConnect: async client => this.#tell(await setUpSession(client, schema, silence)),
    })
    // a broken connection fails its statement, and the pool opens another; without a listener, this event would end the process
    this.#pool.on('error', doubt)
    this.#pool.on('connect', client => {
      noteLoss(client)
      noteCancelledWaits(client)
      noteDemotion(client, doubt)
    })
  }

  /** When a statement was last answered, by the monotonic clock. */
  get answeredAt(): number {
    return this.#answeredAt
  }

  /** Whether all connections wait for answers that did not come. */
  get isFull(): boolean {
    return this.#unanswered.size >= this.#database.connections
  }

  /** Begins to run work with a connection. */
  begin<T>(work: Work<T>, operation: PendingOperation): StatementInFlight<pg.PoolClient, T> {
    const held = new StatementInFlight<pg.PoolClient, T>()
    this.#inFlight.add(held)
    held.settle(this.#run(work, held, operation))
    return held
  }

  /** Ends to wait for an answer. The connection counts until it has come. */
  abandon(held: PostgresWork): void {
    if (!this.#inFlight.delete(held)) return
    if (held.client) this.#unanswered.keep(held.client)
    held.abandon(new Silence())
  }

  /** Whether the server was {@link leave | left} since the work was begun. */
  isLeft(held: PostgresWork): boolean {
    return this.#left.has(held)
  }

  /**
   * Closes all connections that are idle, and others as soon as their statement has ended. Work that was not sent ends; so does other work, if
   * the server did not answer the last look.
   */
  leave(): void {
    for (const held of this.#inFlight)
      if (held.client && this.#sight?.state === 'read-only') this.#left.add(held)
      else this.abandon(held)
    for (let idle = this.#pool.idleCount; idle > 0; idle--)
      this.#pool.connect().then(
        client => client.release(true),
        () => undefined,
      )
  }

  /** Looks by a new connection whether the server takes writes. Resolves within {@link LOOK}. */
  async look(): Promise<Sight> {
    const begun = performance.now()
    const late = Promise.withResolvers<Sight>()
    const timer = setTimeout(() => late.resolve(silent(new Silence())), LOOK)
    const sight = await Promise.race([this.#look().catch(silent), late.promise])
    clearTimeout(timer)
    // a busy server may have answered others meanwhile
    const answers = sight.state === 'silent' && this.#answeredAt > begun
    this.#sight = answers ? BUSY : sight
    return this.#sight
  }

  async [Symbol.asyncDispose]() {
    this.#unanswered[Symbol.dispose]()
    await this.#pool.end()
  }

  async #look(): Promise<Sight> {
    const client = await this.#connectAside(LOOK)
    try {
      const { rows } = await client.query<{ readonly: string }>(IS_READ_ONLY)
      if (rows[0]?.readonly !== 'off')
        return { state: 'read-only', timeline: 0, error: new TakesNoWrites() }
      const timeline = await client.query<{ timeline: number }>(TIMELINE).then(
        result => result.rows[0]?.timeline ?? 0,
        () => 0,
      )
      return { state: 'writable', timeline }
    } finally {
      client.end().catch(() => undefined)
    }
  }

  #tell(raised: string | undefined): void {
    if (raised === undefined || this.#hasRaised) return
    this.#hasRaised = true
    this.#database.raised?.(raised)
  }

  /** Runs `work` with a connection and returns that to the pool, unless the work was abandoned meanwhile. */
  async #run<T>(
    work: Work<T>,
    held: StatementInFlight<pg.PoolClient, T>,
    operation: PendingOperation,
  ): Promise<T> {
    const client = await this.#pool.connect().catch(error => {
      this.#inFlight.delete(held)
      throw error
    })
    if (!this.#inFlight.has(held) || operation.isGivenUp) {
      client.release(!this.#inFlight.delete(held))
      throw new Error('the request has stopped waiting')
    }
    held.client = client
    let broken = true
    try {
      const result = await work(client)
      requireAllWaited(client)
      broken = false
      return result
    } catch (error) {
      // after an error from the server itself, the connection is still usable, unless the server is no longer the primary
      broken = !(error instanceof pg.DatabaseError) || error.code === READ_ONLY
      throw error
    } finally {
      if (this.#inFlight.delete(held)) this.#return(client, broken || this.#left.has(held))
      if (broken) this.#doubt()
      else this.#answeredAt = performance.now()
    }
  }

  #return(client: pg.PoolClient, closes: boolean): void {
    if (isLost(client)) this.#unanswered.keep(client)
    else client.release(closes)
  }

  /** A connection outside of the pool, to ask about the server or its backends. */
  async #connectAside(milliseconds: number): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.#url,
      connectionTimeoutMillis: milliseconds,
      query_timeout: milliseconds,
      application_name: COMMAND,
    })
    client.on('error', () => {})
    await client.connect()
    return client
  }
}

/** A server that serves, but did not say more. */
const BUSY: Sight = { state: 'writable', timeline: 0 }

/** A server that refuses one more connection, for want of resources, still serves those that it has. */
const silent = (error: unknown): Sight =>
  codeOf(error)?.startsWith(INSUFFICIENT_RESOURCES) ? BUSY : { state: 'silent', timeline: 0, error }

/** The SQLSTATE code of an error of the server; undefined for other errors. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof pg.DatabaseError ? (error.code ?? '') : undefined
