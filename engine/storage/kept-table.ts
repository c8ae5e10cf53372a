import { Tampered } from './aead.ts'
import type { Page } from './store.ts'
import { Table } from './table.ts'
import type { Tx } from './transact.ts'
import { untampered } from './untampered.ts'

interface Options<T> {
  /** Where the record of the names stands; it must be one that is never deleted, see kept.ts. */
  readonly record: `${string}/${string}`
  /** See {@link Table}. */
  readonly recalled?: boolean
  /** What stands in that record beside a name, so that it is known although somebody has deleted what the name stands for. */
  readonly remember?: (record: T) => unknown
}

interface Names {
  /** Each with what is remembered of it. */
  readonly names: readonly (readonly [name: string, remembered: unknown])[]
}

/** A record is named that is not there: somebody has deleted it, and not by this program. */
export class Missing extends Tampered {
  override readonly name = 'Missing'
  /** What was to be remembered of it. */
  readonly remembered: unknown

  constructor(key: string, remembered: unknown) {
    super(
      `${JSON.stringify(key)} has been deleted from the storage, and not by this program: put it back from a backup, or write it again`,
    )
    this.remembered = remembered
  }
}

/**
 * A table whose names are kept in one more record, which is written in the same commits. So it is noticed when somebody deletes a record
 * by other means: what would then mean nothing, or the default, is refused. Reading a record that is there costs nothing more. Whoever
 * writes one of them at the same time as another waits for it, so this is for what is seldom written.
 */
export class KeptTable<T extends object> {
  readonly #records: Table<T>
  readonly #names: Table<Names>
  readonly #prefix: string
  readonly #name: string
  readonly #remember: (record: T) => unknown

  constructor(prefix: `${string}/`, { record, recalled = false, remember = () => 1 }: Options<T>) {
    const at = record.lastIndexOf('/') + 1
    this.#prefix = prefix
    this.#records = new Table(prefix, { recalled })
    this.#names = new Table(`${record.slice(0, at - 1)}/`)
    this.#name = record.slice(at)
    this.#remember = remember
  }

  /** @throws {Missing} for a record that should be there */
  async get(tx: Tx, id: string): Promise<T | undefined> {
    const found = await this.#records.get(tx, id)
    if (found) return found
    const names = await this.#known(tx)
    if (names.has(id)) throw new Missing(this.#prefix + id, names.get(id))
    return undefined
  }

  async put(tx: Tx, id: string, record: T): Promise<void> {
    this.#records.put(tx, id, record)
    const names = await this.#known(tx)
    const remembered = this.#remember(record)
    if (JSON.stringify(names.get(id)) !== JSON.stringify(remembered))
      this.#write(tx, names.set(id, remembered))
  }

  /** Deletes a record, also one that is {@link Missing}. */
  async delete(tx: Tx, id: string): Promise<void> {
    this.#records.delete(tx, id)
    const names = await this.#known(tx)
    if (names.delete(id)) this.#write(tx, names)
  }

  /** The names directly under the prefix, those of {@link Missing} records too, and none that no engine has written; sorted bytewise. */
  async list(tx: Tx, page?: Page): Promise<readonly string[]> {
    const all = new Set((await this.#known(tx)).keys())
    // a node of an older version may have written it
    for (const id of await this.#records.list(tx))
      if (!all.has(id) && (await untampered(this.#records.get(tx, id)))) all.add(id)
    const sorted = [...all].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    const { after, limit } = page ?? {}
    return sorted.filter(name => after === undefined || name > after).slice(0, limit)
  }

  /** What is remembered of a record, also where it is not there. */
  async remembered(tx: Tx, id: string): Promise<unknown> {
    return (await this.#known(tx)).get(id)
  }

  /** Whether the names are kept yet. */
  async isKept(tx: Tx): Promise<boolean> {
    return (await this.#names.get(tx, this.#name)) !== undefined
  }

  /** Takes in the names that an older version has written, if they stand for records of ours. */
  async keep(tx: Tx): Promise<void> {
    const names = await this.#known(tx)
    const before = names.size
    for (const id of await this.#records.list(tx)) {
      // whoever asks for it is told
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
