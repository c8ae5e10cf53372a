import type { Page } from './store.ts'
import type { Tx } from './transact.ts'

interface Options {
  /**
   * Whether records are read far more often than written, see {@link Tx.getCached}; or mostly by the process that has written them, see
   * {@link Tx.getWritten}.
   */
  readonly cached?: boolean | 'written'
}

/** Records of one shape under one prefix, kept as JSON. */
export class Table<T extends object> {
  /** Parsed records, by the cached bytes that they were parsed from. */
  readonly #parsed = new WeakMap<Uint8Array, T>()
  readonly #prefix: string
  readonly #cached: boolean | 'written'

  constructor(prefix: `${string}/`, { cached = false }: Options = {}) {
    this.#prefix = prefix
    this.#cached = cached
  }

  async get(tx: Tx, id: string): Promise<T | undefined> {
    const key = this.#prefix + id
    if (this.#cached === 'written') return parsed<T>(await tx.getWritten(key))
    if (!this.#cached) return parsed<T>(await tx.get(key))
    const bytes = await tx.getCached(key)
    const known = bytes && this.#parsed.get(bytes)
    if (!bytes || known) return known
    const record = frozen(parsed<T>(bytes))
    this.#parsed.set(bytes, record)
    return record
  }

  put(tx: Tx, id: string, record: T): void {
    const value = Buffer.from(JSON.stringify(record))
    if (this.#cached === 'written') tx.putCached(this.#prefix + id, value)
    else tx.put(this.#prefix + id, value)
  }

  delete(tx: Tx, id: string): void {
    tx.delete(this.#prefix + id)
  }

  /** Whether the transaction has put or deleted it. */
  hasWritten(tx: Tx, id: string): boolean {
    return tx.hasWritten(this.#prefix + id)
  }

  /** Reads a record and deletes it. Of two transactions that take the same record, only one commits. */
  async take(tx: Tx, id: string): Promise<T | undefined> {
    const record = await this.get(tx, id)
    if (record) this.delete(tx, id)
    return record
  }

  /** The names directly under `prefix`, which is the beginning of ids; see {@link Tx.list}. */
  list(tx: Tx, prefix = '', page?: Page): Promise<readonly string[]> {
    return tx.list(this.#prefix + prefix, page)
  }
}

function parsed<T>(bytes: Uint8Array): T
function parsed<T>(bytes: Uint8Array | undefined): T | undefined
function parsed<T>(bytes: Uint8Array | undefined): T | undefined {
  return bytes && JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString())
}

/** Freezes a value, since several transactions share it. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const each of Object.values(value)) frozen(each)
  return Object.freeze(value)
}
