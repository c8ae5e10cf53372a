import { setTimeout } from 'node:timers/promises'
import { attempt as tried } from '../../shared/result.ts'
import type { Entry } from './entry.ts'
import { type Batch, Conflict, NameTooLong, type Page, type Store } from './store.ts'

const ATTEMPTS = 20

/** The most bytes of a key: an index of PostgreSQL takes some 2600. */
const LONGEST_KEY = 2500

/** Reads and writes that will be committed together. Sees its own writes, except in lists. */
export interface Tx {
  get(key: string): Promise<Uint8Array | undefined>
  /** The same, for data that is read far more often than written: it may come from the cache. See {@link Options.cachedReads}. */
  getCached(key: string): Promise<Uint8Array | undefined>
  /** The same, for data that is mostly read once, soon after this process has put it with {@link putCached}. */
  getWritten(key: string): Promise<Uint8Array | undefined>
  list(prefix: string, page?: Page): Promise<readonly string[]>
  /** @throws {NameTooLong} */
  put(key: string, value: Uint8Array): void
  /** The same, and caches it once it is committed, if the store tells its version. @throws {NameTooLong} */
  putCached(key: string, value: Uint8Array): void
  delete(key: string): void
  /** Whether anything has been put or deleted, or this key has. */
  hasWritten(key?: string): boolean
  /** The same transaction, seeing only the keys that begin with `prefix`, and those without it. */
  under(prefix: string): Tx
}

interface Options {
  /**
   * Makes the first attempt with cached reads. It only counts if it commits, which fails if a cached entry is out of date. Otherwise `work`
   * runs again, so this is for work that nearly always writes.
   */
  readonly cachedReads?: boolean
}

/**
 * Runs `work` and commits what it wrote, if nothing it read has changed meanwhile; else runs it again.
 * `work` must therefore do nothing but read and write `tx`.
 * @throws {Conflict} after {@link ATTEMPTS} tries
 */
export async function transact<T>(
  store: Store,
  work: (tx: Tx) => Promise<T>,
  { cachedReads = false }: Options = {},
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const recording = new Recording(store, cachedReads && attempt === 1)
    const result = await tried(() => work(new View(recording, '')))
    // an attempt with cached reads that fails or commits nothing may be based on outdated data
    if (recording.hasCachedReads && !(result.ok && recording.writes.size > 0)) continue
    if (!result.ok) throw result.error
    try {
      if (recording.writes.size > 0) await recording.commit()
      return result.value
    } catch (error) {
      if (!(error instanceof Conflict) || attempt === ATTEMPTS) throw error
      // exponential backoff with jitter
      if (attempt > 2) await setTimeout(Math.random() * 2 ** Math.min(attempt, 6))
    }
  }
}

/**
 * Runs `work` once, with cached reads, and commits what it wrote, if neither what it read nor `basis` has changed meanwhile. Returns nothing if
 * nothing was committed, even if `work` has failed: that may be due to outdated data.
 */
export async function transactOnce<T>(
  store: Store,
  basis: Batch['reads'],
  work: (tx: Tx) => Promise<T>,
): Promise<T | undefined> {
  const recording = new Recording(store, true, basis)
  const result = await tried(() => work(new View(recording, '')))
  if (!result.ok || recording.writes.size === 0) return undefined
  try {
    await recording.commit()
    return result.value
  } catch (error) {
    if (error instanceof Conflict) return undefined
    throw error
  }
}

class Recording implements Batch {
  readonly reads: Map<string, string | undefined>
  readonly writes = new Map<string, Uint8Array | undefined>()
  readonly store: Store
  readonly #cachedReads: boolean
  readonly #cachedWrites = new Set<string>()
  #hasCachedReads = false
  #version = ''

  readonly committed = (version: string): void => {
    this.#version = version
  }

  /** @param basis what the work builds upon already */
  constructor(store: Store, cachedReads: boolean, basis: Batch['reads'] = new Map()) {
    this.store = store
    this.reads = new Map(basis)
    this.#cachedReads = cachedReads
  }

  /** Whether any entry came from the cache. */
  get hasCachedReads(): boolean {
    return this.#hasCachedReads
  }

  async get(key: string) {
    if (this.writes.has(key)) return this.writes.get(key)
    return this.#found(key, await this.store.get(key))
  }

  async getCached(key: string) {
    if (this.writes.has(key)) return this.writes.get(key)
    const known = this.#cachedReads ? this.store.readCache?.get(key) : undefined
    if (known) {
      this.#hasCachedReads = true
      return this.#found(key, known.entry)
    }
    const entry = await this.store.get(key)
    this.store.readCache?.put(key, entry)
    return this.#found(key, entry)
  }

  async getWritten(key: string) {
    if (this.writes.has(key)) return this.writes.get(key)
    const { readCache } = this.store
    const known = readCache?.written(key)
    if (known && this.#cachedReads) {
      this.#hasCachedReads = true
      return this.#found(key, known)
    }
    const entry = await this.store.get(key)
    // another process may have changed it
    if (known && known.version !== entry?.version) readCache?.forget([key])
    return this.#found(key, entry)
  }

  put(key: string, value: Uint8Array | undefined, isCached = false): void {
    this.writes.set(key, value)
    if (isCached) this.#cachedWrites.add(key)
  }

  async commit(): Promise<void> {
    const { readCache } = this.store
    try {
      await this.store.commit(this)
    } finally {
      // also after a failure, whose outcome may not be known
      readCache?.forget(this.writes.keys())
    }
    for (const key of this.#version ? this.#cachedWrites : []) {
      const value = this.writes.get(key)
      if (value) readCache?.putWritten(key, { value, version: this.#version })
    }
  }

  #found(key: string, entry: Entry | undefined) {
    // the first version read is the one the work built upon
    if (!this.reads.has(key)) this.reads.set(key, entry?.version)
    return entry?.value
  }
}

class View implements Tx {
  readonly #recording: Recording
  readonly #prefix: string

  constructor(recording: Recording, prefix: string) {
    this.#recording = recording
    this.#prefix = prefix
  }

  get(key: string) {
    return this.#recording.get(this.#prefix + key)
  }

  getCached(key: string) {
    return this.#recording.getCached(this.#prefix + key)
  }

  list(prefix: string, page?: Page) {
    return this.#recording.store.list(this.#prefix + prefix, page)
  }

  getWritten(key: string) {
    return this.#recording.getWritten(this.#prefix + key)
  }

  put(key: string, value: Uint8Array) {
    this.#recording.put(this.#storable(key), value)
  }

  putCached(key: string, value: Uint8Array) {
    this.#recording.put(this.#storable(key), value, true)
  }

  delete(key: string) {
    this.#recording.put(this.#prefix + key, undefined)
  }

  /** The whole key. @throws {NameTooLong} */
  #storable(key: string): string {
    const whole = this.#prefix + key
    if (Buffer.byteLength(whole) > LONGEST_KEY) throw new NameTooLong()
    return whole
  }

  hasWritten(key?: string) {
    const { writes } = this.#recording
    return key === undefined ? writes.size > 0 : writes.has(this.#prefix + key)
  }

  under(prefix: string) {
    return new View(this.#recording, this.#prefix + prefix)
  }
}
