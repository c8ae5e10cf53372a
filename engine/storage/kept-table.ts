import { Tampered } from './aead.ts'
import type { Page } from './store.ts'
import { Table } from './table.ts'
import type { Tx } from './transact.ts'
import { untampered } from './untampered.ts'

interface Options<T> {
  /** The key of the record with the names, which must be a permanent one: see kept.ts. */
  readonly record: `${string}/${string}`
  /** See {@link Table}. */
  readonly cached?: boolean
  /** What that record stores with a name, so that it is still known after the record of the name was deleted by another program. */
  readonly remember?: (record: T) => unknown
}

interface Names {
  /** Each with the result of {@link Options.remember}. */
  readonly names: readonly (readonly [name: string, remembered: unknown])[]
}

/** A record that should exist is missing: another program has deleted it. */
export class Missing extends Tampered {
  override readonly name = 'Missing'
  /** The result of {@link Options.remember} for it. */
  readonly remembered: unknown

  constructor(key: string, remembered: unknown) {
    super(
      `${JSON.stringify(key)} was deleted from the storage by another program: restore it from a backup, or write it again`,
    )
    this.remembered = remembered
  }
}

/**
 * A table with a list of its names in a further record, which is written in the same commits. If another program deletes a record, that is
 * detected and reading it fails, instead of having the meaning of no record. Reading an existing record needs no further read. Concurrent
 * writes conflict, so this is for data that is rarely written.
 */
export class KeptTable<T extends object> {
  readonly #records: Table<T>
  readonly #names: Table<Names>
  readonly #prefix: string
  readonly #name: string
  readonly #remember: (record: T) => unknown

  constructor(prefix: `${string}/`, { record, cached = false, remember = () => 1 }: Options<T>) {
    const at = record.lastIndexOf('/') + 1
    this.#prefix = prefix
    this.#records = new Table(prefix, { cached })
    this.#names = new Table(`${record.slice(0, at - 1)}/`)
    this.#name = record.slice(at)
    this.#remember = remember
  }

  /** @throws {Missing} for a record that should exist */
  async get(tx: Tx, id: string): Promise<T | undefined> {
    const found = await this.#records.get(tx, id)
    if (found) return found
    const names = await this.#known(tx)
    if (!names.has(id)) return undefined
    // another node may have written both since the record was read
    const written = await this.#records.get(tx, id)
    if (!written) throw new Missing(this.#prefix + id, names.get(id))
    return written
  }

  async put(tx: Tx, id: string, record: T): Promise<void> {
    this.#records.put(tx, id, record)
    const names = await this.#known(tx)
    const remembered = this.#remember(record)
    if (JSON.stringify(names.get(id)) !== JSON.stringify(remembered))
      this.#write(tx, names.set(id, remembered))
  }

  /** Deletes a record, even one that is {@link Missing}. */
  async delete(tx: Tx, id: string): Promise<void> {
    this.#records.delete(tx, id)
    const names = await this.#known(tx)
    if (names.delete(id)) this.#write(tx, names)
  }

  /** The names directly under the prefix, including those of {@link Missing} records but none that another program has added; sorted bytewise. */
  async list(tx: Tx, page?: Page): Promise<readonly string[]> {
    const all = new Set((await this.#known(tx)).keys())
    // a node of an older version may have written it
    for (const id of await this.#records.list(tx))
      if (!all.has(id) && (await untampered(this.#records.get(tx, id)))) all.add(id)
    const sorted = [...all].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    const { after, limit } = page ?? {}
    return sorted.filter(name => after === undefined || name > after).slice(0, limit)
  }

  /** The result of {@link Options.remember} for a record, even if that is missing. */
  async remembered(tx: Tx, id: string): Promise<unknown> {
    return (await this.#known(tx)).get(id)
  }

  /** Whether there is a list of names yet. */
  async isKept(tx: Tx): Promise<boolean> {
    return (await this.#names.get(tx, this.#name)) !== undefined
  }

  /** Adds names that an older version has written, if their records are authentic. */
  async keep(tx: Tx): Promise<void> {
    const names = await this.#known(tx)
    const before = names.size
    for (const id of await this.#records.list(tx)) {
      // reading it fails with Missing
      const record = names.has(id) ? undefined : await untampered(this.#records.get(tx, id))
      if (record) names.set(id, this.#remember(record))
    }
    if (names.size > before || !(await this.isKept(tx))) this.#write(tx, names)
  }

  async #known(tx: Tx): Promise<Map<string, unknown>> {
    return new Map((await this.#names.get(tx, this.#name))?.names)
  }

  #write(tx: Tx, names: ReadonlyMap<string, unknown>): void {
    this.#names.put(tx, this.#name, { names: [...names] })
  }
}
