import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout, setImmediate as turn } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { Invalid } from '../../shared/invalid.ts'
import { fatal, fatally } from './fatal.ts'
import { NamedFile } from './named-file.ts'
import { GONE, isBusy, problemOf, reasonOf, unavailable } from './sqlite-errors.ts'
import { LOCK_TIMEOUT, type LockMode, SqliteLock } from './sqlite-lock.ts'
import { pack } from './sqlite-message.ts'
import { SqliteReader } from './sqlite-reader.ts'
import type { FromWriter, ToWriter, WriterSettings } from './sqlite-worker.ts'
import type { Outcome } from './sqlite-writer.ts'
import { type Batch, Conflict, type Page, type Store, StoreUnavailable } from './store.ts'

/** Defined by the build: a program in a single file has no other file to start a thread from. */
declare const POSTERN_SQLITE_WORKER: string | undefined

/** Names to list before the event loop gets a turn. */
const LIST_AT_ONCE = 1000

/** Milliseconds between two checks that the file is still in place: reads alone would not notice. */
const LOOK = 500

interface OpenOptions {
  /** Milliseconds to wait for another process that holds a lock. */
  readonly lockTimeout?: number
  /** `alone`: no engine may use the database meanwhile. */
  readonly mode?: LockMode
}

/**
 * A store in an SQLite database, which several processes of one machine may share. A separate thread writes, so that a sync does not block
 * the event loop, and commits that arrive together share a sync (group commit). Reads are made in this thread: they do not wait for a
 * writer, and usually need no disk access.
 */
export class SqliteStore implements Store {
  readonly #lock: SqliteLock
  readonly #worker: Worker
  readonly #reader: SqliteReader
  readonly #lockTimeout: number
  /** Batches that will be sent to the writer at the end of this turn of the event loop, or when it has told the outcome of those it has. */
  #gathered: Batch[] = []
  #isWriting = false
  /** The promises of the versions of all commits, those that were sent to the writer first. */
  readonly #pending: PromiseWithResolvers<number>[] = []
  #closed: Promise<void> | undefined
  #isLost = false
  readonly #look: NodeJS.Timeout

  private constructor(lock: SqliteLock, worker: Worker, { file, lockTimeout }: WriterSettings) {
    this.#lock = lock
    this.#worker = worker
    this.#lockTimeout = lockTimeout
    this.#reader = new SqliteReader(file, lockTimeout)
    const settle = (outcomes: readonly Outcome[]) => this.#settle(outcomes)
    worker.on('message', fatally(settle))
    // nobody would answer the commits that it was given, and their outcome is not known
    worker.on('error', error => {
      throw fatal(error)
    })
    worker.on('exit', () => {
      if (!this.#closed) throw fatal(new Error('the thread that writes to the database has ended'))
    })
    const named = new NamedFile(file)
    this.#look = setInterval(() => {
      this.#isLost = named.lost
    }, LOOK).unref()
  }

  /**
   * Opens the database in a directory, and creates both if they are missing.
   * @throws {Invalid} if it is damaged, of a newer version, readable by others, or locked
   */
  static async open(
    folder: string,
    { lockTimeout = LOCK_TIMEOUT, mode = 'shared' }: OpenOptions = {},
  ): Promise<SqliteStore> {
    const settings = { file: databaseIn(folder), lockTimeout }
    using opened = new DisposableStack()
    const lock = opened.use(SqliteLock.take(lockIn(folder), mode, lockTimeout))
    const worker = startWorker(settings)
    const [said] = (await once(worker, 'message')) as [FromWriter]
    if ('refused' in said) throw new Invalid(said.refused)
    try {
      const store = new SqliteStore(lock, worker, settings)
      opened.move()
      return store
    } catch (cause) {
      await worker.terminate()
      throw new Invalid(`${settings.file} cannot be used: ${reasonOf(problemOf(cause))}`, { cause })
    }
  }

  get(key: string) {
    return this.#read(reader => reader.get(key))
  }

  async list(prefix: string, { after = '', limit = Number.POSITIVE_INFINITY }: Page = {}) {
    const names: string[] = []
    for (;;) {
      const most = Math.min(limit - names.length, LIST_AT_ONCE)
      const page = await this.#read(reader => reader.list(prefix, names.at(-1) ?? after, most))
      names.push(...page)
      if (page.length < most || names.length >= limit) return names
      await turn()
    }
  }

  async commit(batch: Batch) {
    if (this.#closed) throw new StoreUnavailable('the storage is closed')
    this.#gathered.push(batch)
    if (!this.#isWriting && this.#gathered.length === 1) setImmediate(fatally(() => this.#send()))
    const settled = Promise.withResolvers<number>()
    this.#pending.push(settled)
    const version = await settled.promise
    batch.committed?.(String(version))
  }

  async [Symbol.asyncDispose]() {
    this.#closed ??= this.#close()
    await this.#closed
  }

  async #close() {
    clearInterval(this.#look)
    while (this.#pending.length > 0) await this.#pending.at(-1)?.promise.catch(() => undefined)
    this.#reader[Symbol.dispose]()
    const gone = once(this.#worker, 'exit')
    this.#post([])
    await gone
    this.#lock[Symbol.dispose]()
  }

  #send() {
    const batches = this.#gathered
    this.#gathered = []
    this.#isWriting = batches.length > 0
    if (this.#isWriting) this.#post(batches)
  }

  #post(batches: readonly Batch[]) {
    const message: ToWriter = pack(batches)
    // copying some hundred bytes costs less than transferring their buffer
    this.#worker.postMessage(message)
  }

  #settle(outcomes: readonly Outcome[]) {
    // first, so that the writer need not wait for what the answers to these take
    this.#send()
    for (const outcome of outcomes) {
      const settled = this.#pending.shift()
      if (typeof outcome === 'number') settled?.resolve(outcome)
      else if ('conflict' in outcome)
        settled?.reject(new Conflict(`${outcome.conflict} has changed`))
      else settled?.reject(unavailable(outcome))
    }
  }

  async #read<T>(work: (reader: SqliteReader) => T): Promise<T> {
    const deadline = performance.now() + this.#lockTimeout
    for (;;) {
      if (this.#closed) throw new StoreUnavailable('the storage is closed')
      if (this.#isLost) throw unavailable(GONE)
      try {
        return work(this.#reader)
      } catch (error) {
        const problem = problemOf(error)
        if (!isBusy(problem) || performance.now() > deadline) throw unavailable(problem)
      }
      await setTimeout(5)
    }
  }
}

/** The database in the directory that the configuration names. */
export const databaseIn = (folder: string): string => join(folder, 'postern.db')

/** The file of the {@link SqliteLock}. */
export const lockIn = (folder: string): string => join(folder, 'postern.lock')

function startWorker(settings: WriterSettings): Worker {
  const options = { workerData: settings, env: {} }
  return typeof POSTERN_SQLITE_WORKER === 'undefined'
    ? new Worker(new URL('./sqlite-worker.ts', import.meta.url), options)
    : new Worker(POSTERN_SQLITE_WORKER, { ...options, eval: true })
}
