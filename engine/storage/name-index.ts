import { createHash, createHmac } from 'node:crypto'
import type { Page } from './store.ts'
import { Table } from './table.ts'
import type { Tx } from './transact.ts'
import { untampered } from './untampered.ts'

/**
 * Where the entries of a {@link NameIndex} stand. `older`: as nodes of an older version, which may run beside this one, write and find them.
 * `moving`: new ones have keyed names, and those of before are moved. `keyed`: none of those is left.
 */
export type Naming = 'older' | 'moving' | 'keyed'

/** Where names are written and looked for. */
export interface Names {
  readonly tx: Tx
  /** Secret. */
  readonly key: string
  readonly naming: Naming
}

/** What an entry is found by: a text, in a folder of its own, and below it a name that is no secret. */
export interface Named {
  /** Ends with a slash, unless it is empty. */
  readonly folder?: string
  readonly text: string
  /** Begins with a slash, unless it is empty. */
  readonly below?: string
}

interface Options {
  readonly keyed: `${string}/`
  /** Where an older version has put entries, under a hash without a key. */
  readonly older: `${string}/`
  /** Hexadecimal digits of the hashes. */
  readonly digits?: number
}

/** How far {@link NameIndex.move} has come. */
export interface Moved {
  readonly moved: number
  /** Whether entries are left under older names. */
  readonly left: boolean
}

const PAGE = 500

/**
 * Entries that are found by texts which whoever has a copy of the storage must neither read in their names nor confirm by a list of guesses:
 * so names are hashed with a key that stands behind the barrier.
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

  // what is moved in between is found, since older names are looked at first; and keyed ones always, since somebody who writes to the storage
  // may have put back what says that there are none
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

  /** The names below what has that text, sorted; see {@link Tx.list}. */
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
   * Moves at least `limit` entries that stand under older names, or all of them. One that no engine has written, or whose text it is not found
   * by any more, is deleted.
   * @param namedOf gives by what an entry is found; nothing where what it leads to is missing, and then it stays
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
      // what nodes of this version have written since is what they go by
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
    // one text has another name in every folder: it is not seen where else it stands
    const digest = createHmac('sha256', key).update(JSON.stringify([this.#prefix, folder, text]))
    return `${folder}${digest.digest('hex').slice(0, this.#digits)}${below}`
  }

  #olderName({ folder = '', text, below = '' }: Named): string {
    const digest = createHash('sha256').update(text).digest('hex').slice(0, this.#digits)
    return `${folder}${digest}${below}`
  }
}
