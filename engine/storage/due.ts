import type { Tx } from './transact.ts'

const DIGITS = 15

/** Ids in the order in which they fall due. One entry each, so that any number of them costs no timer and no memory. */
export class Due {
  readonly #prefix: string

  constructor(prefix: `${string}/`) {
    this.#prefix = prefix
  }

  /** @param at milliseconds since 1970 */
  put(tx: Tx, at: number, id: string): void {
    tx.put(this.#key(at, id), new Uint8Array())
  }

  delete(tx: Tx, at: number, id: string): void {
    tx.delete(this.#key(at, id))
  }

  /** At most `limit` ids that are due at `now`, the most overdue first. */
  async overdue(tx: Tx, now: Date, limit: number): Promise<readonly string[]> {
    const names = await tx.list(this.#prefix, { limit })
    return names
      .filter(name => Number(name.slice(0, DIGITS)) <= now.getTime())
      .map(name => decodeURIComponent(name.slice(DIGITS + 1)))
  }

  // one level: an id may hold slashes, which would hide the order from the list
  #key(at: number, id: string): string {
    return `${this.#prefix}${String(at).padStart(DIGITS, '0')}.${encodeURIComponent(id)}`
  }
}
