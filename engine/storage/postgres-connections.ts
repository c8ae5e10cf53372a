import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import type { Secret } from '../../shared/secret.ts'
import { type Asked, patient } from './patience.ts'
import { storeErrorOf, unavailable } from './postgres-errors.ts'
import { SET_UP_PLANS, SET_UP_SESSION, STILL_ACTIVE } from './postgres-statements.ts'

/** Milliseconds: to connect, for the server to answer a statement, and until we no longer wait for that answer, the connection included. */
const CONNECT = 5000
const STATEMENT = 10_000
const SILENCE = 12_000

/** Milliseconds for which nothing is asked after an answer did not come, and between two looks at what became of such statements. */
const PAUSE = 1000

/** What the sessions of engines are called, and those that are not for requests. */
export const ENGINE = 'postern'
const COMMAND = 'postern operator'

/** How to reach the database. */
export interface Database {
  /** `postgresql://user:password@host/database?sslmode=verify-full&sslrootcert=…` */
  readonly url: Secret
  /** Connections at the most. */
  readonly connections: number
  /** The schema with the tables. */
  readonly schema: string
  /** Milliseconds until an answer is no longer waited for; 12 s unless set. */
  readonly silence?: number
  /** Whether it is opened by a command, and not by an engine. */
  readonly isCommand?: boolean
  /** Told once what the server's `synchronous_commit` is, where that does not make a commit durable and "on" is used in its place. */
  readonly raised?: (found: string) => void
}

/**
 * Connections to a server. One whose answer did not come is kept, and counts, until the server works on its statement no more: a commit that
 * waits for a standby holds its connection on the server for as long as that is away, and a new one in its place each time would use up
 * all that the server has. Such a statement is neither cancelled nor its connection ended: that would show others a commit that no standby has.
 */
export class Connections implements AsyncDisposable {
  readonly #database: Database
  readonly #pool: pg.Pool
  readonly #silence: number
  readonly #silent = new Set<Kept>()
  readonly #stop = new AbortController()
  #awayUntil = Number.NEGATIVE_INFINITY
  #isWatching = false
  #hasRaised = false

  constructor(database: Database) {
    this.#database = database
    this.#silence = database.silence ?? SILENCE
    const { url, connections, schema } = database
    this.#pool = new pg.Pool({
      connectionString: url.reveal(),
      max: connections,
      connectionTimeoutMillis: Math.min(CONNECT, this.#silence),
      keepAlive: true,
      application_name: database.isCommand ? COMMAND : ENGINE,
      onConnect: async client => this.#tell(await setUp(client, schema, this.#silence)),
    })
    // a connection that breaks ends what is under way on it, and the pool opens another; unheard, this would end the process
    this.#pool.on('error', () => {})
    this.#pool.on('connect', client => client.on('error', () => {}))
  }

  /**
   * Works with a connection, for a bounded time: its own, and that of the request it is for.
   * @param silence milliseconds, for what is more than one statement
   * @throws {StoreUnavailable} where the server cannot be used
   */
  use<T>(work: (client: pg.PoolClient) => Promise<T>, silence = this.#silence): Promise<T> {
    return patient(asked => this.#use(work, { silence, asked }))
  }

  async #use<T>(
    work: (client: pg.PoolClient) => Promise<T>,
    { silence, asked }: { readonly silence: number; readonly asked: Asked },
  ): Promise<T> {
    if (performance.now() < this.#awayUntil || this.#silent.size >= this.#database.connections)
      throw unavailable(new Silence())
    const held: InFlight = { client: undefined, isLate: false, asked }
    const { promise: late, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => reject(new Silence()), silence)
    const done = this.#run(work, held)
    try {
      return await Promise.race([done, late])
    } catch (error) {
      if (error instanceof Silence) {
        held.isLate = true
        this.#awayUntil = performance.now() + PAUSE
        if (held.client) this.#keep(held.client)
        done.catch(() => undefined)
      }
      throw storeErrorOf(error, codeOf(error))
    } finally {
      clearTimeout(timer)
    }
  }

  async [Symbol.asyncDispose]() {
    this.#stop.abort()
    for (const kept of this.#silent) this.#free(kept)
    await this.#pool.end()
  }

  #tell(raised: string | undefined): void {
    if (raised === undefined || this.#hasRaised) return
    this.#hasRaised = true
    this.#database.raised?.(raised)
  }

  /** Works with a connection, and gives it back; not if that is late, when it is kept. */
  async #run<T>(work: (client: pg.PoolClient) => Promise<T>, held: InFlight): Promise<T> {
    const client = await this.#pool.connect()
    if (held.isLate) {
      client.release(true)
      throw new Silence()
    }
    if (held.asked.isGivenUp) {
      client.release()
      throw new Error('nobody waits for it any more')
    }
    held.client = client
    let broken = true
    try {
      const result = await work(client)
      broken = false
      return result
    } catch (error) {
      // where the server has answered, the connection is as good as before
      broken = !(error instanceof pg.DatabaseError)
      throw error
    } finally {
      if (!held.isLate) client.release(broken)
    }
  }

  #keep(client: pg.PoolClient): void {
    const kept: Kept = { client, pid: (client as unknown as { processID: number }).processID }
    this.#silent.add(kept)
    // the answer came after all
    client.once('drain', () => this.#free(kept))
    void this.#watch()
  }

  /** Gives up a connection on which nothing is under way any more. */
  #free(kept: Kept): void {
    if (this.#silent.delete(kept)) kept.client.release(true)
  }

  async #watch(): Promise<void> {
    if (this.#isWatching) return
    this.#isWatching = true
    const { signal } = this.#stop
    while (this.#silent.size > 0 && !signal.aborted) {
      await wait(PAUSE, undefined, { signal, ref: false }).catch(() => undefined)
      if (signal.aborted) break
      const asked = [...this.#silent]
      // a server that does not answer may still be at work
      const active = await this.#active(asked).catch(() => undefined)
      if (active) for (const kept of asked) if (!active.has(kept.pid)) this.#free(kept)
    }
    this.#isWatching = false
  }

  /** Which of them the server still works on, asked on a connection beside the others. */
  async #active(kept: readonly Kept[]): Promise<ReadonlySet<number>> {
    const client = new pg.Client({
      connectionString: this.#database.url.reveal(),
      connectionTimeoutMillis: CONNECT,
      query_timeout: CONNECT,
      application_name: COMMAND,
    })
    client.on('error', () => {})
    try {
      await client.connect()
      const { rows } = await client.query<{ pid: number }>(STILL_ACTIVE, [
        kept.map(({ pid }) => pid),
      ])
      return new Set(rows.map(({ pid }) => pid))
    } finally {
      client.end().catch(() => undefined)
    }
  }
}

/**
 * Makes a session what statements rely on. One that does not answer is given up: nothing is under way on it.
 * @returns the server's `synchronous_commit`, where it has been raised
 */
async function setUp(
  client: pg.ClientBase,
  schema: string,
  silence: number,
): Promise<string | undefined> {
  const late = setTimeout(() => (client as pg.Client).end().catch(() => undefined), silence)
  try {
    const { rows } = await client.query<Raised>(SET_UP_SESSION, [String(STATEMENT), schema])
    await client.query(SET_UP_PLANS).catch(error => {
      if (!(error instanceof pg.DatabaseError)) throw error
    })
    return rows[0]?.found === rows[0]?.made ? undefined : rows[0]?.found
  } finally {
    clearTimeout(late)
  }
}

/** `synchronous_commit` of the server, and of the session. */
interface Raised {
  readonly found: string
  readonly made: string
}

/** What is under way. */
interface InFlight {
  client: pg.PoolClient | undefined
  isLate: boolean
  readonly asked: Asked
}

/** A connection whose answer did not come, and the number that the server gave it. */
interface Kept {
  readonly client: pg.PoolClient
  readonly pid: number
}

/** No answer came in time. */
class Silence extends Error {
  override readonly name = 'Silence'
  override readonly message = 'the database does not answer'
}

/** What a server said; none for an error that comes from elsewhere. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof pg.DatabaseError ? (error.code ?? '') : undefined
