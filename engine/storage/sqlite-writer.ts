import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { Invalid } from '../../shared/invalid.ts'
import { NamedFile } from './named-file.ts'
import { privateFile } from './private-file.ts'
import { SqliteClock } from './sqlite-clock.ts'
import { GONE, isBusy, problemOf, reasonOf, type SqliteProblem } from './sqlite-errors.ts'
import type { SqliteBatch } from './sqlite-message.ts'
import { SqliteVersions } from './sqlite-versions.ts'

/** "Pstn": identifies a database of Postern. */
const APPLICATION = 0x5073746e

/** The version of the schema; a file with a newer one is refused. */
export const SQLITE_SCHEMA = 1

/** The outcome of a batch: it is durable, with this version of all that it wrote; a key conflicts; or SQLite refused it. */
export type Outcome = number | { readonly conflict: string } | SqliteProblem

/** Writes a database. Blocks its thread while it waits for the disk. */
export class SqliteWriter {
  readonly #database: DatabaseSync
  readonly #put: StatementSync
  readonly #delete: StatementSync
  readonly #versions: SqliteVersions
  readonly #clock: SqliteClock
  readonly #lockTimeout: number
  readonly #files: readonly NamedFile[]
  /** Whether a file was lost at the last commit: then it is useless to write until it is back. */
  #wasLost = false

  private constructor(database: DatabaseSync, file: string, lockTimeout: number) {
    this.#database = database
    this.#lockTimeout = lockTimeout
    this.#files = [new NamedFile(file), new NamedFile(`${file}-wal`, { shrinks: true })]
    this.#put = database.prepare('insert or replace into entry values (?, ?, ?)')
    this.#delete = database.prepare('delete from entry where key = ?')
    this.#versions = new SqliteVersions(database)
    this.#clock = new SqliteClock(database)
  }

  /**
   * Opens the database, and creates it if there is none.
   * @param lockTimeout milliseconds to wait for the lock of another process
   * @throws {Invalid} with the name of the file and the reason, if it cannot be used
   */
  static open(file: string, lockTimeout: number): SqliteWriter {
    privateFile(file)
    try {
      // the timeout must be set before any statement that needs a lock
      const database = new DatabaseSync(file, { timeout: lockTimeout })
      const { application, version, damage } = inspect(database)
      if (damage !== undefined) throw new Invalid(`${file} is damaged: ${damage}`)
      if (application !== APPLICATION && (application !== 0 || version !== 0 || !isEmpty(database)))
        throw new Invalid(`${file} is a database of another program`)
      if (version > SQLITE_SCHEMA)
        throw new Invalid(`${file} was written by a newer version of Postern (schema ${version})`)
      prepare(database)
      // not always: on a full disk, a database that has its tables can still be opened
      if (version < SQLITE_SCHEMA) makeTables(database)
      // from here on the writer waits by itself: see #begin
      database.exec('pragma busy_timeout = 0')
      return new SqliteWriter(database, file, lockTimeout)
    } catch (cause) {
      if (cause instanceof Invalid) throw cause
      const problem = problemOf(cause)
      throw new Invalid(`${file} cannot be used: ${reasonOf(problem)}`, { cause })
    }
  }

  /**
   * Commits all batches with one sync, except those that conflict. If SQLite refuses, tries each alone, so that a batch that is too large
   * does not fail the others.
   */
  commit(batches: readonly SqliteBatch[]): readonly Outcome[] {
    if (this.#wasLost && this.#isLost) return batches.map(() => GONE)
    const outcomes = this.#commit(batches)
    // afterwards, so that nothing is acknowledged that was written to a lost file
    this.#wasLost = this.#isLost
    return this.#wasLost ? batches.map(() => GONE) : outcomes
  }

  get #isLost(): boolean {
    return this.#files.some(file => file.lost)
  }

  #commit(batches: readonly SqliteBatch[]): readonly Outcome[] {
    try {
      this.#begin()
    } catch (error) {
      const problem = problemOf(error)
      return batches.map(() => problem)
    }
    try {
      const outcomes = this.#apply(batches)
      this.#database.exec('commit')
      return outcomes
    } catch (error) {
      const problem = problemOf(error)
      if (this.#database.isTransaction) this.#database.exec('rollback')
      this.#versions.clear()
      this.#clock.undo()
      return batches.length === 1 ? [problem] : batches.flatMap(batch => this.#commit([batch]))
    }
  }

  #apply(batches: readonly SqliteBatch[]): readonly Outcome[] {
    this.#versions.begin()
    this.#clock.begin()
    return batches.map((batch): Outcome => {
      const conflict = this.#conflict(batch)
      if (conflict !== undefined) return { conflict }
      const version = this.#clock.next()
      for (const [key, value] of batch.writes) this.#write(key, value, version)
      return version
    })
  }

  /** The first key that has changed since it was read. */
  #conflict({ reads }: SqliteBatch): string | undefined {
    for (const [key, version] of reads) if (this.#versions.of(key) !== version) return key
    return undefined
  }

  #write(key: string, value: Uint8Array | undefined, version: number): void {
    if (value) this.#put.run(key, value, version)
    else this.#delete.run(key)
    this.#versions.forget(key)
  }

  /** Takes the lock. SQLite's busy handler sleeps longer each time, and would starve beside a process that does not sleep. */
  #begin(): void {
    const deadline = performance.now() + this.#lockTimeout
    for (;;) {
      try {
        this.#database.exec('begin immediate')
        return
      } catch (error) {
        if (!isBusy(problemOf(error)) || performance.now() > deadline) throw error
      }
      sleep(Math.random() * 2)
    }
  }

  /** Closing the last connection also merges the log into the main file. */
  [Symbol.dispose]() {
    this.#database.close()
  }
}

function inspect(database: DatabaseSync) {
  const get = (what: string) => Object.values(database.prepare(`pragma ${what}`).get() ?? {})[0]
  const check = get('quick_check(1)')
  return {
    application: get('application_id'),
    version: Number(get('user_version')),
    damage: check === 'ok' ? undefined : String(check).replaceAll('\n', ' '),
  }
}

const isEmpty = (database: DatabaseSync): boolean =>
  database.prepare('select 1 from sqlite_schema').get() === undefined

/**
 * Pages in the log, of 4 KiB, after which they are written to the database: four times SQLite's default. Names are random, so a commit
 * changes many pages, and the longer the log, the more commits change the same one.
 */
const CHECKPOINT = 4000

/** Sets the journal mode, and starts a write transaction, which fails if the file is read-only. */
function prepare(database: DatabaseSync): void {
  database.exec(`
    pragma journal_mode = wal;
    pragma synchronous = full;
    pragma journal_size_limit = 67108864;
    pragma wal_autocheckpoint = ${CHECKPOINT};
    pragma cell_size_check = on;
    begin immediate;
    pragma application_id = ${APPLICATION};
    rollback`)
}

/** Creates the tables; another process may be doing the same. */
function makeTables(database: DatabaseSync): void {
  database.exec(`
    begin immediate;
    create table if not exists entry (
      key text primary key,
      value blob not null,
      version integer not null
    ) strict, without rowid;
    create table if not exists clock (id integer primary key check (id = 1), writes integer not null) strict;
    insert or ignore into clock values (1, 0);
    pragma application_id = ${APPLICATION};
    pragma user_version = ${SQLITE_SCHEMA};
    commit`)
}

const sleeper = new Int32Array(new SharedArrayBuffer(4))

const sleep = (milliseconds: number) => Atomics.wait(sleeper, 0, 0, milliseconds)
