import { createHash, createHmac } from 'node:crypto'
import type { Page } from './store.ts'
import { Table } from './table.ts'
import type { Tx } from './transact.ts'
import { untampered } from './untampered.ts'

/**
 * The naming of the entries of a {@link NameIndex}. `older`: as in older versions, whose nodes may still run. `moving`: new entries have keyed
 * names, and older ones are renamed. `keyed`: all entries have keyed names.
 */
export type Naming = 'older' | 'moving' | 'keyed'

/** How names are written and found in a transaction. */
export interface Names {
  readonly tx: Tx
  /** Secret. */
  readonly key: string
  readonly naming: Naming
}

/** The search key of an entry: a text, which is hidden, in a folder, and a name below it, which is not hidden. */
export interface Named {
  /** Ends with a slash, unless it is empty. */
  readonly folder?: string
  readonly text: string
  /** Begins with a slash, unless it is empty. */
  readonly below?: string
}

interface Options {
  readonly keyed: `${string}/`
  /** The prefix of entries of older versions, which are named by an unkeyed hash. */
  readonly older: `${string}/`
  /** Hexadecimal digits of the hashes. */
  readonly digits?: number
}

/** The progress of {@link NameIndex.move}. */
export interface Moved {
  readonly moved: number
  /** Whether entries with older names are left. */
  readonly left: boolean
}

/**
 * A commit of its own that only records that names are moving. Transactions in flight that wrote an older name read that record, so they
 * fail; otherwise the commit that moves names could miss theirs, since lists are not compared.
 */
export const BEGUN: Moved = { moved: 1, left: true }

const PAGE = 500

/**
 * An index by texts that a copy of the storage must not reveal, and that must not be confirmed by guessing: names are hashed with a key that
 * the barrier encrypts.
 */
export class NameIndex<T extends object> {
  readonly #prefix: string
  readonly #keyed: Table<T>
  readonly #older: Table<T>
  readonly #digits: number

  constructor({ keyed, older, digits = 64 }: Options) {
    this.#prefix = keyed
    this.#keyed = new Table(keyed)
    this.#older = new Table(older)
    this.#digits = digits
  }

  // older names first, so that an entry that is moved in between is found; keyed names always, since another program may have restored an older
  // record of the naming
  async get(names: Names, named: Named): Promise<T | undefined> {
    const { tx, naming } = names
    const older = naming === 'keyed' ? undefined : await this.#older.get(tx, this.#olderName(named))
    return older ?? this.#keyed.get(tx, this.#keyedName(names, named))
  }

  put(names: Names, named: Named, entry: T): void {
    const { tx, naming } = names
    if (naming === 'older') this.#older.put(tx, this.#olderName(named), entry)
    else this.#keyed.put(tx, this.#keyedName(names, named), entry)
    if (naming === 'moving') this.#older.delete(tx, this.#olderName(named))
  }

  delete(names: Names, named: Named): void {
    const { tx, naming } = names
    this.#keyed.delete(tx, this.#keyedName(names, named))
    if (naming !== 'keyed') this.#older.delete(tx, this.#olderName(named))
  }

  /** The names below a text, sorted; see {@link Tx.list}. */
  async list(names: Names, named: Named, page: Page = {}): Promise<readonly string[]> {
    const { tx, naming } = names
    const older = naming === 'keyed' ? [] : await this.#older.list(tx, this.#olderName(named), page)
    const keyed = await this.#keyed.list(tx, this.#keyedName(names, named), page)
    if (older.length === 0) return keyed
    return [...new Set([...older, ...keyed])].sort().slice(0, page.limit)
  }

  /** Whether an entry has a keyed name. */
  async isKeyed(tx: Tx): Promise<boolean> {
    return (await this.#keyed.list(tx, '', { limit: 1 })).length > 0
  }

  /**
   * Renames at least `limit` entries with older names, or all that are left. Entries that another program has written, or that do not match
   * their text any more, are deleted.
   * @param namedOf the search key of an entry; undefined if its target is missing, and then it stays
   */
  async move(
    names: Names,
    limit: number,
    namedOf: (entry: T, name: string) => Promise<readonly Named[] | undefined>,
  ): Promise<Moved> {
    const { tx } = names
    let moved = 0
    let stays = false
    for await (const name of this.#olderNames(tx, '')) {
      if (moved >= limit) return { moved, left: true }
      const entry = await untampered(this.#older.get(tx, name))
      const found = entry && (await namedOf(entry, name))
      if (entry && !found) {
        stays = true
        continue
      }
      const named = found?.find(each => this.#olderName(each) === name)
      const next = named && this.#keyedName(names, named)
      // an entry that a node of this version has written since takes precedence
      if (entry && next !== undefined && !(await untampered(this.#keyed.get(tx, next))))
        this.#keyed.put(tx, next, entry)
      this.#older.delete(tx, name)
      moved++
    }
    return { moved, left: stays }
  }

  async *#olderNames(tx: Tx, folder: string): AsyncGenerator<string> {
    for (let after = ''; ; ) {
      const page = await this.#older.list(tx, folder, { after, limit: PAGE })
      for (const name of page)
        if (name.endsWith('/')) yield* this.#olderNames(tx, folder + name)
        else yield folder + name
      const last = page.at(-1)
      if (last === undefined || page.length < PAGE) return
      after = last
    }
  }

  #keyedName({ key }: Names, { folder = '', text, below = '' }: Named): string {
    // a text has a different name in each folder, which hides where else it occurs
    const digest = createHmac('sha256', key).update(JSON.stringify([this.#prefix, folder, text]))
    return `${folder}${digest.digest('hex').slice(0, this.#digits)}${below}`
  }

  #olderName({ folder = '', text, below = '' }: Named): string {
    const digest = createHash('sha256').update(text).digest('hex').slice(0, this.#digits)
    return `${folder}${digest}${below}`
  }
}
