import { randomUUID } from 'node:crypto'
import { BatchedReads } from './batched-reads.ts'
import type { Entry } from './entry.ts'
import { GroupedCommits } from './grouped-commits.ts'
import { IS_MOVED, MOVED, UNFINISHED } from './moved.ts'
import { Connections, codeOf, type Database, ENGINE } from './postgres-connections.ts'
import { isUndone, isWithoutEffect } from './postgres-errors.ts'
import { migrate } from './postgres-schema.ts'
import {
  COMMIT,
  COMMIT_AT_ONCE,
  ENGINES,
  FORGET_ABSENCES,
  GET,
  LIST,
  LOCK_OUT,
  TIME,
} from './postgres-statements.ts'
import {
  type Batch,
  Conflict,
  NameTooLong,
  type Page,
  type Store,
  StoreUnavailable,
} from './store.ts'
import { outsideBudget, withinBudget } from './wait-budget.ts'

/** Milliseconds for work with several statements, which may wait for locks. */
const SEVERAL = 60_000

/** Attempts at a commit that the server rolls back because of concurrent ones. */
const ATTEMPTS = 10

/** Milliseconds between two sweeps of rows that only lock an absence. */
const SWEEP = 10 * 60_000

/** Sorts after every key in UTF-8. */
const END = Buffer.of(0xff)

/** A store in a PostgreSQL table. Any number of engines may share it, all of them active. */
export class PostgresStore implements Store {
  readonly #connections: Connections
  readonly #sweep: NodeJS.Timeout
  readonly #gets = new BatchedReads(keys => outsideBudget(() => this.#read(keys)))
  readonly #commits = new GroupedCommits(take => outsideBudget(() => this.#make(take)))
  readonly #committing = new Set<Promise<unknown>>()

  private constructor(connections: Connections) {
    this.#connections = connections
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
    const store = new PostgresStore(new Connections(database))
    try {
      await store.#connections.use(migrate, SEVERAL)
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
    const done = this.#commit(batch)
    this.#committing.add(done)
    try {
      await done
    } finally {
      this.#committing.delete(done)
    }
  }

  async #commit(batch: Batch): Promise<void> {
    const isMade =
      !isMark(batch) && (await withinBudget(operation => this.#commits.commit(batch, operation)))
    if (!isMade) await this.#commitByItself(batch)
  }

  /** Makes a group of commits, which is complete when there is a connection for it; returns false if nothing of it was made. */
  async #make(take: () => Batch): Promise<boolean> {
    const version = randomUUID()
    try {
      const group = await this.#connections.use(async client => {
        const taken = take()
        // all have been given up
        if (taken.writes.size === 0 && taken.reads.size === 0) return taken
        const values = valuesOf(taken, version)
        const query = { name: 'group', text: COMMIT_AT_ONCE, values }
        return (await client.query<Verdict>(query)).rows[0]?.good ? taken : undefined
      })
      group?.committed?.(version)
      return group !== undefined
    } catch (error) {
      const cause =
        error instanceof StoreUnavailable || error instanceof NameTooLong ? error.cause : error
      if (isWithoutEffect(codeOf(cause))) return false
      throw error
    }
  }

  async #commitByItself(batch: Batch): Promise<void> {
    const version = randomUUID()
    const values = valuesOf(batch, version)
    for (let attempt = 1; ; attempt++) {
      try {
        requireMade((await this.#rows<Verdict>('commit', COMMIT, values))[0])
        return batch.committed?.(version)
      } catch (error) {
        if (!isUndone(codeOf(error))) throw error
        if (attempt === ATTEMPTS)
          throw new Conflict(`the commit conflicted ${ATTEMPTS} times`, { cause: error })
      }
    }
  }

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

  async #forgetAbsences(): Promise<void> {
    // after a failure, the next sweep deletes them
    await this.#rows('forget', FORGET_ABSENCES, []).catch(() => undefined)
  }
}

/** Whether a commit marks the storage as migrated or incomplete, which lets it pass where others may not. */
const isMark = ({ reads, writes }: Batch): boolean =>
  [MOVED, UNFINISHED].some(mark => reads.has(mark) || writes.has(mark))

/** The result of {@link COMMIT}. */
interface Verdict {
  readonly good: boolean
  readonly moved: boolean
}

/** @throws {Conflict} or {StoreUnavailable} if the commit was refused */
function requireMade(verdict: Verdict | undefined): void {
  if (verdict?.moved) throw new StoreUnavailable(IS_MOVED)
  if (!verdict?.good) throw new Conflict('something that was read has changed')
}

function valuesOf({ reads, writes }: Batch, version: string = randomUUID()): unknown[] {
  const kept = [...reads].filter(([key]) => !writes.has(key))
  const written = [...writes]
  return [
    kept.map(([key]) => Buffer.from(key)),
    kept.map(([, version]) => version),
    written.map(([key]) => Buffer.from(key)),
    written.map(([key]) => reads.has(key)),
    written.map(([key]) => reads.get(key)),
    written.map(([, value]) => value && bytes(value)),
    version,
    [MOVED, UNFINISHED].map(mark => Buffer.from(mark)),
  ]
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

const bytes = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
  Buffer.from(buffer, byteOffset, byteLength)
