import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Entry } from './entry.ts'

/**
 * Reads a database that a {@link SqliteWriter} has opened. Once open, it does not wait for locks: one that another process holds is an
 * error at once.
 */
export class SqliteReader {
  readonly #database: DatabaseSync
  readonly #get: StatementSync
  readonly #from: StatementSync

  /** @param lockTimeout milliseconds to wait for the lock of another process while it is opened */
  constructor(file: string, lockTimeout: number) {
    this.#database = new DatabaseSync(file, { timeout: lockTimeout })
    this.#database.exec('pragma query_only = on')
    this.#get = this.#prepare('select value, version from entry where key = ?')
    this.#from = this.#prepare('select key from entry where key >= ? order by key')
    this.#database.exec('pragma busy_timeout = 0')
  }

  get(key: string): Entry | undefined {
    const row = this.#get.get(key) as unknown as readonly [Uint8Array, number] | undefined
    return row && { value: row[0], version: String(row[1]) }
  }

  /** As {@link Store.list}. The cost depends on the number of names returned, not on what is below them. */
  list(prefix: string, after: string, limit: number): readonly string[] {
    const names: string[] = []
    let cursor = prefix + behind(after)
    while (names.length < limit) {
      const folder = this.#run(prefix, cursor, { names, limit })
      if (folder === undefined) break
      names.push(folder)
      cursor = prefix + behind(folder)
    }
    return names
  }

  /** Adds names from `cursor` on, until there are enough or a folder follows. Returns that folder. */
  #run(prefix: string, cursor: string, { names, limit }: Run): string | undefined {
    for (const row of this.#from.iterate(cursor)) {
      const [key] = row as unknown as readonly [string]
      if (!key.startsWith(prefix)) return undefined
      const name = key.slice(prefix.length)
      const slash = name.indexOf('/')
      if (slash >= 0) return name.slice(0, slash + 1)
      names.push(name)
      if (names.length >= limit) return undefined
    }
    return undefined
  }

  #prepare(sql: string): StatementSync {
    const statement = this.#database.prepare(sql)
    statement.setReturnArrays(true)
    return statement
  }

  [Symbol.dispose]() {
    this.#database.close()
  }
}

interface Run {
  readonly names: string[]
  readonly limit: number
}

/** The least text after a name and all that is below it. */
function behind(name: string): string {
  const slash = name.indexOf('/')
  // '0' is the next character after '/'
  return slash < 0 ? `${name}\0` : `${name.slice(0, slash)}0`
}
