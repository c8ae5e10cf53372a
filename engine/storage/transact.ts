import { setTimeout } from 'node:timers/promises'
import { type Batch, Conflict, type Page, type Store } from './store.ts'

const ATTEMPTS = 20

/** Reads and writes that will be committed together. Sees its own writes, except in lists. */
export interface Tx {
  get(key: string): Promise<Uint8Array | undefined>
  list(prefix: string, page?: Page): Promise<readonly string[]>
  put(key: string, value: Uint8Array): void
  delete(key: string): void
  /** The same transaction, seeing only the keys that begin with `prefix`, and those without it. */
  under(prefix: string): Tx
}

/**
 * Runs `work` and commits what it wrote, if nothing it read has changed meanwhile; else runs it again.
 * `work` must therefore do nothing but read and write `tx`.
 * @throws {Conflict} after {@link ATTEMPTS} tries
 */
export async function transact<T>(store: Store, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const recording = new Recording(store)
    const result = await work(new View(recording, ''))
    try {
      if (recording.writes.size > 0) await store.commit(recording)
      return result
    } catch (error) {
      if (!(error instanceof Conflict) || attempt === ATTEMPTS) throw error
      // those who lose to each other again and again must not stay in step
      if (attempt > 2) await setTimeout(Math.random() * 2 ** Math.min(attempt, 6))
    }
  }
}

class Recording implements Batch {
  readonly reads = new Map<string, string | undefined>()
  readonly writes = new Map<string, Uint8Array | undefined>()
  readonly store: Store

  constructor(store: Store) {
    this.store = store
  }

  async get(key: string) {
    if (this.writes.has(key)) return this.writes.get(key)
    const entry = await this.store.get(key)
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

  list(prefix: string, page?: Page) {
    return this.#recording.store.list(this.#prefix + prefix, page)
  }

  put(key: string, value: Uint8Array) {
    this.#recording.writes.set(this.#prefix + key, value)
  }

  delete(key: string) {
    this.#recording.writes.set(this.#prefix + key, undefined)
  }

  under(prefix: string) {
    return new View(this.#recording, this.#prefix + prefix)
  }
}
