import type { Tx } from './transact.ts'

const DIGITS = 15

interface Wish {
  readonly now: Date
  readonly limit: number
  /** The times at which the record of an id says that it falls due; none where there is no record. */
  readonly dueAt: (id: string) => Promise<readonly (number | undefined)[]>
  /** Is told of ids that stand here without a record; perhaps more than once, where the transaction runs again. */
  readonly stray?: ((id: string) => void) | undefined
}

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

  /**
   * At most `limit` ids that are due, the most overdue first. A name proves nothing, since names are not authenticated: each is held
   * against what the record behind it says, and deleted where that says otherwise or is not there.
   */
  async overdue(tx: Tx, { now, limit, dueAt, stray }: Wish): Promise<readonly string[]> {
    const names = (await tx.list(this.#prefix, { limit })).filter(
      // not <=: what is no time is looked at, too
      name => !(timeOf(name) > now.getTime()),
    )
    // at once, so that a store with round trips needs only one
    const found = await Promise.all(
      names.map(async name => {
        const id = idOf(name)
        const times = id === undefined ? [] : await dueAt(id)
        const isDue = times.includes(timeOf(name))
        const isStray = times.every(time => time === undefined)
        // another node may have ended it since the names were listed, which takes both away
        if (stray && id !== undefined && isStray && (await tx.get(this.#prefix + name))) stray(id)
        if (!isDue) tx.delete(this.#prefix + name)
        return isDue && id !== undefined ? [id] : []
      }),
    )
    return found.flat()
  }

  /** Whether an id stands at that time. */
  async has(tx: Tx, at: number, id: string): Promise<boolean> {
    return (await tx.get(this.#key(at, id))) !== undefined
  }

  // one level: an id may hold slashes, which would hide the order from the list
  #key(at: number, id: string): string {
    return `${this.#prefix}${String(at).padStart(DIGITS, '0')}.${encodeURIComponent(id)}`
  }
}

const timeOf = (name: string) => Number(name.slice(0, DIGITS))

/** None for a name that this program has not made. */
function idOf(name: string): string | undefined {
  try {
    return decodeURIComponent(name.slice(DIGITS + 1))
  } catch {
    return undefined
  }
}
