import pg from 'pg'
import type { Secret } from '../../shared/secret.ts'
import { noteCancelledWaits, requireAllWaited } from './cancelled-waits.ts'
import type { FoundOutcome } from './commit-outcomes.ts'
import { READ_ONLY, storeErrorOf, unavailable } from './postgres-errors.ts'
import { SET_UP_PLANS, SET_UP_SESSION } from './postgres-statements.ts'
import {
  type Backend,
  isLost,
  noteBackend,
  noteLoss,
  UnansweredSessions,
} from './unanswered-sessions.ts'
import { type PendingOperation, withinBudget } from './wait-budget.ts'

/** Milliseconds: to connect, for the server to run a statement, and in total until we stop waiting for a result. */
const CONNECT = 5000
const STATEMENT = 10_000
const SILENCE = 12_000

/** Milliseconds without new statements after one timed out. */
const PAUSE = 1000

/** The application names of engines' sessions, and of those that are not for requests. */
export const ENGINE = 'postern'
const COMMAND = 'postern operator'

/** How to reach the database. */
export interface Database {
  /** `postgresql://user:password@host/database?sslmode=verify-full&sslrootcert=…` */
  readonly url: Secret
  /** The most connections. */
  readonly connections: number
  /** The schema with the tables. */
  readonly schema: string
  /** Milliseconds to wait for a result; 12 s unless set. */
  readonly silence?: number
  /** Whether a command opens it, and not an engine. */
  readonly isCommand?: boolean
  /** Called once with the server's `synchronous_commit` if that does not make commits durable; "on" is then used instead. */
  readonly raised?: (found: string) => void
  /** Called with what became of a commit whose answer did not come, once that is looked up. */
  readonly lookedUp?: (found: FoundOutcome) => void
}

/** A pool of connections to a server. One whose answer did not come counts as used until the server has finished the statement: {@link UnansweredSessions}. */
export class Connections implements AsyncDisposable {
  readonly #database: Database
  readonly #pool: pg.Pool
  /** Milliseconds to wait for a result. */
  readonly silence: number
  readonly #unanswered = new UnansweredSessions(() => this.#connectAside())
  #awayUntil = Number.NEGATIVE_INFINITY
  #hasRaised = false

  constructor(database: Database) {
    this.#database = database
    this.silence = database.silence ?? SILENCE
    const { url, connections, schema } = database
    this.#pool = new pg.Pool({
      connectionString: url.reveal(),
      max: connections,
      connectionTimeoutMillis: Math.min(CONNECT, this.silence),
      keepAlive: true,
      application_name: database.isCommand ? COMMAND : ENGINE,
      onConnect: async client => this.#tell(await setUp(client, schema, this.silence)),
    })
    // a broken connection fails its statement, and the pool opens another; without a listener, this event would end the process
    this.#pool.on('error', () => {})
    this.#pool.on('connect', client => {
      noteLoss(client)
      noteCancelledWaits(client)
    })
  }

  /**
   * Runs `work` with a connection, limited by `silence` and by the budget of the current request.
   * @param silence milliseconds; longer for work with several statements
   * @throws {StoreUnavailable} if the server cannot be used
   */
  use<T>(work: (client: pg.PoolClient) => Promise<T>, silence = this.silence): Promise<T> {
    return withinBudget(operation => this.#use(work, { silence, operation }))
  }

  async #use<T>(
    work: (client: pg.PoolClient) => Promise<T>,
    { silence, operation }: { readonly silence: number; readonly operation: PendingOperation },
  ): Promise<T> {
    if (performance.now() < this.#awayUntil || this.#unanswered.size >= this.#database.connections)
      throw unavailable(new Silence())
    const held: InFlight = { client: undefined, isLate: false, operation }
    const { promise: late, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => reject(new Silence()), silence)
    const done = this.#run(work, held)
    try {
      return await Promise.race([done, late])
    } catch (error) {
      if (error instanceof Silence) {
        held.isLate = true
        this.#awayUntil = performance.now() + PAUSE
        if (held.client) this.#unanswered.keep(held.client)
        done.catch(() => undefined)
      }
      throw storeErrorOf(error, codeOf(error))
    } finally {
      clearTimeout(timer)
    }
  }

  async [Symbol.asyncDispose]() {
    this.#unanswered[Symbol.dispose]()
    await this.#pool.end()
  }

  #tell(raised: string | undefined): void {
    if (raised === undefined || this.#hasRaised) return
    this.#hasRaised = true
    this.#database.raised?.(raised)
  }

  /** Runs `work` with a connection and returns that to the pool, unless the work timed out meanwhile. */
  async #run<T>(work: (client: pg.PoolClient) => Promise<T>, held: InFlight): Promise<T> {
    const client = await this.#pool.connect()
    if (held.isLate) {
      client.release(true)
      throw new Silence()
    }
    if (held.operation.isGivenUp) {
      client.release()
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
      if (held.isLate) {
        // it is kept already
      } else if (isLost(client)) this.#unanswered.keep(client)
      else client.release(broken)
    }
  }

  /** A connection outside of the pool, to ask about its backends. */
  async #connectAside(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.#database.url.reveal(),
      connectionTimeoutMillis: CONNECT,
      query_timeout: CONNECT,
      application_name: COMMAND,
    })
    client.on('error', () => {})
    await client.connect()
    return client
  }
}

/**
 * Sets up a session as the statements require. A session that does not answer is closed: it runs no statement of ours.
 * @returns the server's `synchronous_commit`, if it was raised
 * @throws {Error} if the server takes no writes: what a standby has may be out of date
 */
async function setUp(
  client: pg.ClientBase,
  schema: string,
  silence: number,
): Promise<string | undefined> {
  const late = setTimeout(() => (client as pg.Client).end().catch(() => undefined), silence)
  try {
    const { rows } = await client.query<Session>(SET_UP_SESSION, [String(STATEMENT), schema])
    if (rows[0]) noteBackend(client, rows[0])
    await client.query(SET_UP_PLANS).catch(error => {
      if (!(error instanceof pg.DatabaseError)) throw error
    })
    if (rows[0]?.readonly === 'on') throw new Error('the database server takes no writes')
    return rows[0]?.found === rows[0]?.made ? undefined : rows[0]?.found
  } finally {
    clearTimeout(late)
  }
}

/** Whether the server takes no writes, its backend, and `synchronous_commit` of the server and of the session. */
interface Session extends Backend {
  readonly readonly: string
  readonly found: string
  readonly made: string
}

/** Work in progress, and its connection. */
interface InFlight {
  client: pg.PoolClient | undefined
  isLate: boolean
  readonly operation: PendingOperation
}

/** The server did not answer in time. */
class Silence extends Error {
  override readonly name = 'Silence'
  override readonly message = 'the database does not answer'
}

/** The SQLSTATE code of an error of the server; undefined for other errors. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof pg.DatabaseError ? (error.code ?? '') : undefined
