import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { Cache } from '../../shared/lru.ts'

/** The most keys whose versions are cached. */
const MOST = 1000

/** The version of an entry, or that there is none. */
interface Known {
  readonly version: string | undefined
}

/**
 * The versions of entries, as a write transaction of one connection sees them. Nearly every commit compares those of the same few keys, such
 * as the mount and the policies of the caller, so they are cached until another connection has changed the database.
 */
export class SqliteVersions {
  readonly #select: StatementSync
  readonly #changes: StatementSync
  readonly #known = new Cache<Known>(MOST)
  #seen: number | undefined

  constructor(database: DatabaseSync) {
    this.#select = database.prepare('select version from entry where key = ?')
    // differs when another connection has committed: https://www.sqlite.org/pragma.html#pragma_data_version
    this.#changes = database.prepare('pragma data_version')
    for (const statement of [this.#select, this.#changes]) statement.setReturnArrays(true)
  }

  /** Must be called when a write transaction has begun, before any version is asked for. */
  begin(): void {
    const changes = number(this.#changes.get())
    if (changes !== this.#seen) this.clear()
    this.#seen = changes
  }

  of(key: string): string | undefined {
    const known = this.#known.find(key)
    if (known) return known.version
    const row = this.#select.get(key)
    const version = row && String(number(row))
    this.#known.put(key, { version })
    return version
  }

  /** Must be called for each entry that the transaction writes or deletes. */
  forget(key: string): void {
    this.#known.delete(key)
  }

  /** Must be called when a transaction has been rolled back. */
  clear(): void {
    this.#known.clear()
  }
}

const number = (row: unknown): number => (row as readonly [number])[0]
