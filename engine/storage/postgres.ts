import { randomUUID } from 'node:crypto'
import { BatchedReads } from './batched-reads.ts'
import { newReceiptKey } from './commit-receipts.ts'
import type { Database } from './database.ts'
import type { Entry } from './entry.ts'
import { Heartbeat } from './heartbeat.ts'
import { PostgresCommits } from './postgres-commits.ts'
import { Connections } from './postgres-connections.ts'
import { migrate } from './postgres-schema.ts'
import { ENGINE } from './postgres-server.ts'
import { ENGINES, FORGET_ABSENCES, GET, LIST, OUTCOME, TIME } from './postgres-statements.ts'
import type { Batch, Page, Store } from './store.ts'
import { outsideBudget, withinBudget } from './wait-budget.ts'

/** Milliseconds for work with several statements, which may wait for locks. */
const SEVERAL = 60_000

/** Milliseconds between two sweeps of rows that only lock an absence. */
const SWEEP = 10 * 60_000

/** Sorts after every key in UTF-8. */
const END = Buffer.of(0xff)

/** A store in a PostgreSQL table. Any number of engines may share it, all of them active. */
export class PostgresStore implements Store {
  readonly #connections: Connections
  readonly #sweep: NodeJS.Timeout
  readonly #gets = new BatchedReads(keys => outsideBudget(() => this.#read(keys)))
  readonly #commits: PostgresCommits
  readonly #heartbeat: Heartbeat | undefined
  #ownKey: Buffer | undefined
  readonly #committing = new Set<Promise<unknown>>()
  /** The time of the database, less that of the monotonic clock. */
  #ahead = 0

  private constructor(database: Database) {
    const { lookedUp = () => {} } = database
    this.#connections = new Connections(database)
    this.#commits = new PostgresCommits({
      connections: this.#connections,
      time: () => this.#ahead + performance.now(),
      found: lookedUp,
    })
    if (this.#connections.hasSeveral && !database.isCommand)
      this.#heartbeat = new Heartbeat({
        commit: () => this.#commitNothing(),
        failed: () => this.#connections.doubt(),
      })
    // jitter: nodes that were started together must not sweep together
    const interval = SWEEP * (0.5 + Math.random())
    this.#sweep = setInterval(() => this.#forgetAbsences(), interval).unref()
  }

  /**
   * Connects, and creates or migrates the tables.
   * @throws {Invalid} if the tables are those of a newer version
   * @throws {StoreUnavailable} if the database cannot be reached; its error is the cause
   */
  static async open(database: Database): Promise<PostgresStore> {
    const store = new PostgresStore(database)
    try {
      await store.#connections.use(migrate, SEVERAL)
      store.#ahead = (await store.time()) - performance.now()
      return store
    } catch (error) {
      await store[Symbol.asyncDispose]()
      throw error
    }
  }

  get(key: string): Promise<Entry | undefined> {
    return withinBudget(() => this.#gets.get(key))
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
    const done = withinBudget(operation => this.#commits.commit(batch, operation))
    this.#committing.add(done)
    try {
      await done
    } finally {
      this.#committing.delete(done)
    }
  }

  async commitAlone(batch: Batch): Promise<void> {
    await this.#commits.commitAlone(batch)
  }

  async engines(): Promise<number> {
    const [row] = await this.#rows<{ engines: number }>('engines', ENGINES, [ENGINE])
    return row?.engines ?? 0
  }

  async time(): Promise<number> {
    const [row] = await this.#rows<{ time: number }>('time', TIME, [])
    return row?.time ?? Number.NaN
  }

  async [Symbol.asyncDispose]() {
    clearInterval(this.#sweep)
    this.#heartbeat?.[Symbol.dispose]()
    this.#commits[Symbol.dispose]()
    // some have not been sent yet
    await Promise.allSettled(this.#committing)
    await this.#connections[Symbol.asyncDispose]()
  }

  async #read(keys: readonly string[]): Promise<ReadonlyMap<string, Entry>> {
    const rows = await this.#rows<Entry & { key: Buffer }>('get', GET, [
      keys.map(key => Buffer.from(key)),
    ])
    return new Map(rows.map(({ key, value, version }) => [key.toString(), { value, version }]))
  }

  /** Runs one statement, which each connection prepares once under `name`. */
  #rows<R extends object>(name: string, text: string, values: unknown[]): Promise<readonly R[]> {
    return this.#connections.use(
      async client => (await client.query<R>({ name, text, values })).rows,
    )
  }

  /** Makes a commit by the statement for outcomes, of which none was made. It fails if an earlier one still waits. */
  async #commitNothing(): Promise<void> {
    this.#ownKey ??= newReceiptKey(this.#ahead + performance.now())
    await this.#rows('outcome', OUTCOME, [this.#ownKey, null, randomUUID(), randomUUID()])
  }

  async #forgetAbsences(): Promise<void> {
    // after a failure, the next sweep deletes them
    await this.#rows('forget', FORGET_ABSENCES, []).catch(() => undefined)
    await this.#commits.forgetReceipts().catch(() => undefined)
  }
}

/** The first key after the name; after all that is below it, if it ends in `/`. */
function behind(name: string): Buffer {
  const slash = name.indexOf('/')
  return slash < 0
    ? Buffer.concat([Buffer.from(name), Buffer.of(0)])
    : next(Buffer.from(name.slice(0, slash + 1)))
}

/** The first key after all that begin with `start`, whose last byte is of UTF-8 and so less than 0xff. */
function next(start: Buffer): Buffer {
  const end = Buffer.from(start)
  end[end.length - 1] = (end.at(-1) ?? 0) + 1
  return end
}
