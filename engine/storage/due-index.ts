import { attempt, type Result } from '../../shared/result.ts'
import { Tampered } from './aead.ts'
import type { Tx } from './transact.ts'
import { untampered } from './untampered.ts'

const DIGITS = 15

interface Wish {
  readonly now: Date
  readonly limit: number
  /** The due times according to the record of an id; none if there is no record. */
  readonly dueAt: (id: string) => Promise<readonly (number | undefined)[]>
  /** Called with ids without a record; more than once if the transaction runs again. */
  readonly stray?: ((id: string) => void) | undefined
  /** Called with ids whose records are damaged, which are then skipped; more than once if the transaction runs again. */
  readonly damaged?: ((id: string) => void) | undefined
}

/** An index of ids by due time. Each has one entry in the store, and needs neither a timer nor memory. */
export class DueIndex {
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
   * At most `limit` ids that are due, the most overdue first. Names in the store are not authenticated, so each is compared with the
   * record of its id, and deleted if that is missing or differs.
   */
  async overdue(tx: Tx, wish: Wish): Promise<readonly string[]> {
    const { now, limit } = wish
    // not <=: a name without a valid time is checked, too
    const isAhead = (name: string) => timeOf(name) > now.getTime()
    for (let after = ''; ; ) {
      const names = await tx.list(this.#prefix, { after, limit })
      const ripe = names.filter(name => !isAhead(name) && !name.endsWith('/'))
      // in parallel: a remote store answers each read with a round trip
      const checked = await Promise.all(ripe.map(name => this.#check(tx, name, wish)))
      const due = checked.flatMap(({ id }) => (id === undefined ? [] : [id]))
      const last = names.at(-1)
      const isEnd = last === undefined || names.length < limit || isAhead(last)
      // entries that stay must not hide the ones after them
      if (isEnd || checked.some(({ stays }) => !stays)) return due
      after = last
    }
  }

  /** The id, if it is due, and whether the entry stays although it is not. */
  async #check(tx: Tx, name: string, { dueAt, stray, damaged }: Wish) {
    const [key, id] = [this.#prefix + name, idOf(name)]
    const isOurs = () => untampered(tx.get(key))
    const read = await attempt(async () => (id === undefined ? [] : dueAt(id)))
    if (id !== undefined && isDamaged(read) && damaged && (await isOurs())) {
      damaged(id)
      return { id: undefined, stays: true }
    }
    const times = isDamaged(read) && damaged ? [] : valueIn(read)
    const isDue = times.includes(timeOf(name))
    const isStray = times.every(time => time === undefined)
    // unless another node has deleted both since the names were listed
    if (stray && id !== undefined && isStray && (await isOurs())) stray(id)
    if (!isDue) tx.delete(key)
    return { id: isDue ? id : undefined, stays: false }
  }

  /** Whether there is an entry for an id at that time. */
  async has(tx: Tx, at: number, id: string): Promise<boolean> {
    return (await tx.get(this.#key(at, id))) !== undefined
  }

  // a single level: slashes in an id would change the order of the list
  #key(at: number, id: string): string {
    return `${this.#prefix}${String(at).padStart(DIGITS, '0')}.${encodeURIComponent(id)}`
  }
}

const isDamaged = (read: Result<unknown>) => !read.ok && read.error instanceof Tampered

function valueIn<T>(read: Result<T>): T {
  if (read.ok) return read.value
  throw read.error
}

const timeOf = (name: string) => Number(name.slice(0, DIGITS))

/** The id in a name; undefined for a name that this program has not written. */
function idOf(name: string): string | undefined {
  try {
    return decodeURIComponent(name.slice(DIGITS + 1))
  } catch {
    return undefined
  }
}
