import { randomUUID } from 'node:crypto'
import pg from 'pg'
import type { Secret } from '../../shared/secret.ts'
import { Gathering } from './gathering.ts'
import { IS_MOVED, MOVED } from './moved.ts'
import { isUndone, told, unavailable } from './postgres-errors.ts'
import { migrate } from './postgres-schema.ts'
import {
  COMMIT,
  FORGET_ABSENCES,
  GET,
  LIST,
  LOCK_OUT,
  SET_UP_PLANS,
  SET_UP_SESSION,
} from './postgres-statements.ts'
import {
  type Batch,
  Conflict,
  type Entry,
  type Page,
  type Store,
  StoreUnavailable,
} from './store.ts'

/** Milliseconds: to connect, for the server to answer a statement, and until we no longer wait for that answer. */
const CONNECT = 5000
const STATEMENT = 10_000
const SILENCE = 12_000

/** How often a commit is tried that the server has undone because of others. */
const ATTEMPTS = 10

/** Milliseconds between two sweeps of rows that only kept an absence. */
const SWEEP = 10 * 60_000

/** Behind every key in UTF-8. */
const END = Buffer.of(0xff)

/** How to reach the database. */
export interface Database {
  /** `postgresql://user:password@host/database?sslmode=verify-full&sslrootcert=…` */
  readonly url: Secret
  /** Connections at the most. */
  readonly connections: number
  /** The schema with the tables. */
  readonly schema: string
}

/** A store in a PostgreSQL table. Any number of engines may share it, all of them active. */
export class PostgresStore implements Store {
  readonly #pool: pg.Pool
  readonly #sweep: NodeJS.Timeout
  readonly #gets = new Gathering(keys => this.#read(keys))

  private constructor(pool: pg.Pool) {
    this.#pool = pool
    // nodes started together must not sweep together
    const interval = SWEEP * (0.5 + Math.random())
    this.#sweep = setInterval(() => this.#forgetAbsences(), interval).unref()
  }

  /**
   * Connects, and creates or migrates the tables.
   * @throws {Invalid} if the tables are those of a newer version
   * @throws {StoreUnavailable} if the database cannot be reached; what it said is the cause
   */
  static async open({ url, connections, schema }: Database): Promise<PostgresStore> {
    const pool = new pg.Pool({
      connectionString: url.reveal(),
      max: connections,
      connectionTimeoutMillis: CONNECT,
      query_timeout: SILENCE,
      keepAlive: true,
      application_name: 'postern',
      onConnect: async client => {
        await client.query(SET_UP_SESSION, [String(STATEMENT), schema])
        await client.query(SET_UP_PLANS).catch(error => {
          if (!(error instanceof pg.DatabaseError)) throw error
        })
      },
    })
    // a connection that breaks ends what is under way on it, and the pool opens another; unheard, this would end the process
    pool.on('error', () => {})
    pool.on('connect', client => client.on('error', () => {}))
    const store = new PostgresStore(pool)
    try {
      await store.#on(migrate)
      return store
    } catch (error) {
      await store[Symbol.asyncDispose]()
      throw error
    }
  }

  get(key: string): Promise<Entry | undefined> {
    return this.#gets.get(key)
  }

  async list(prefix: string, { after = '', limit }: Page = {}): Promise<readonly string[]> {
    const start = Buffer.from(prefix)
    const rows = await this.#rows<{ name: Buffer }>('list', LIST, [
      start.length,
      Buffer.concat([start, behind(after)]),
      start.length === 0 ? END : next(start),
      limit ?? Number.MAX_SAFE_INTEGER,
    ])
    return rows.map(({ name }) => name.toString())
  }

  async commit(batch: Batch): Promise<void> {
    const values = valuesOf(batch)
    for (let attempt = 1; ; attempt++) {
      try {
        requireMade((await this.#rows<Verdict>('commit', COMMIT, values))[0])
        return
      } catch (error) {
        if (!isUndone(codeOf(error))) throw error
        if (attempt === ATTEMPTS) throw new Conflict('others were faster', { cause: error })
      }
    }
  }

  async commitAlone(batch: Batch): Promise<void> {
    const verdict = await this.#on(async client => {
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
    })
    requireMade(verdict)
  }

  async [Symbol.asyncDispose]() {
    clearInterval(this.#sweep)
    await this.#pool.end()
  }

  async #read(keys: readonly string[]): Promise<ReadonlyMap<string, Entry>> {
    const rows = await this.#rows<Entry & { key: Buffer }>('get', GET, [
      keys.map(key => Buffer.from(key)),
    ])
    return new Map(rows.map(({ key, value, version }) => [key.toString(), { value, version }]))
  }

  /** Runs one statement, which each connection prepares once, under its name. */
  #rows<R extends object>(name: string, text: string, values: unknown[]): Promise<readonly R[]> {
    return this.#on(async client => (await client.query<R>({ name, text, values })).rows)
  }

  /** @throws {StoreUnavailable} where the server cannot be used */
  async #on<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#connect()
    let broken = true
    try {
      const result = await work(client)
      broken = false
      return result
    } catch (error) {
      // where the server has answered, the connection is as good as before
      broken = !(error instanceof pg.DatabaseError)
      throw told(error, codeOf(error))
    } finally {
      client.release(broken)
    }
  }

  async #connect(): Promise<pg.PoolClient> {
    try {
      return await this.#pool.connect()
    } catch (error) {
      throw unavailable(error)
    }
  }

  async #forgetAbsences(): Promise<void> {
    // the next sweep will find them
    await this.#rows('forget', FORGET_ABSENCES, []).catch(() => undefined)
  }
}

/** What {@link COMMIT} gives. */
interface Verdict {
  readonly good: boolean
  readonly moved: boolean
}

/** @throws {Conflict} or {StoreUnavailable} where the commit has not been made */
function requireMade(verdict: Verdict | undefined): void {
  if (verdict?.moved) throw new StoreUnavailable(IS_MOVED)
  if (!verdict?.good) throw new Conflict('something that was read has changed')
}

function valuesOf({ reads, writes }: Batch): unknown[] {
  const kept = [...reads].filter(([key]) => !writes.has(key))
  const written = [...writes]
  return [
    kept.map(([key]) => Buffer.from(key)),
    kept.map(([, version]) => version),
    written.map(([key]) => Buffer.from(key)),
    written.map(([key]) => reads.has(key)),
    written.map(([key]) => reads.get(key)),
    written.map(([, value]) => value && bytes(value)),
    randomUUID(),
    Buffer.from(MOVED),
  ]
}

/** The first bytes that are behind the name, and behind all that is beneath it if it has a `/`. */
function behind(name: string): Buffer {
  const slash = name.indexOf('/')
  return slash < 0
    ? Buffer.concat([Buffer.from(name), Buffer.of(0)])
    : next(Buffer.from(name.slice(0, slash + 1)))
}

/** The first bytes that are behind all that begins with `start`, which ends in a byte of UTF-8 and so not in the last there is. */
function next(start: Buffer): Buffer {
  const end = Buffer.from(start)
  end[end.length - 1] = (end.at(-1) ?? 0) + 1
  return end
}

const bytes = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
  Buffer.from(buffer, byteOffset, byteLength)

/** What a server said; none for an error that comes from elsewhere. */
const codeOf = (error: unknown) =>
  error instanceof pg.DatabaseError ? (error.code ?? '') : undefined
