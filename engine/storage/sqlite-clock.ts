import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** Versions that are taken from the database at once: the record of those taken is then written by few commits. */
const AT_ONCE = 10_000

/** Hands out versions for commits, each once, whichever process asks. */
export class SqliteClock {
  readonly #take: StatementSync
  #last = 0
  #end = 0
  /** Whether the transaction has taken versions from the database. */
  #hasTaken = false

  constructor(database: DatabaseSync) {
    this.#take = database.prepare('update clock set writes = writes + ? returning writes')
    this.#take.setReturnArrays(true)
  }

  /** Must be called when a write transaction has begun, before any version is taken. */
  begin(): void {
    this.#hasTaken = false
  }

  /** The next version. */
  next(): number {
    if (this.#last === this.#end) {
      const [writes] = this.#take.get(AT_ONCE) as unknown as readonly [number]
      this.#end = writes
      this.#last = writes - AT_ONCE
      this.#hasTaken = true
    }
    return ++this.#last
  }

  /** Must be called when a transaction has been rolled back: the database does not know of what it took. */
  undo(): void {
    if (this.#hasTaken) this.#last = this.#end
  }
}
