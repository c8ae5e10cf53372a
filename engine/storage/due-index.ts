import { attempt, type Result } from '../../shared/result.ts'
import { Tampered } from './aead.ts'
import type { Tx } from './transact.ts'
import { untampered } from './untampered.ts'

const DIGITS = 15

interface Wish {
  readonly now: Date
  readonly limit: number
  /** The times at which the record of an id says that it falls due; none where there is no record. */
  readonly dueAt: (id: string) => Promise<readonly (number | undefined)[]>
  /** Is told of ids that stand here without a record; perhaps more than once, where the transaction runs again. */
  readonly stray?: ((id: string) => void) | undefined
  /** Is told of ids whose records are not what was stored, which then keep no other from its turn; may be told more than once, too. */
  readonly damaged?: ((id: string) => void) | undefined
}

/** Ids in the order in which they fall due. One entry each, so that any number of them costs no timer and no memory. */
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
   * At most `limit` ids that are due, the most overdue first. A name proves nothing, since names are not authenticated: each is held
   * against what the record behind it says, and deleted where that says otherwise or is not there.
   */
  async overdue(tx: Tx, wish: Wish): Promise<readonly string[]> {
    const { now, limit } = wish
    // not <=: what is no time is looked at, too
    const isAhead = (name: string) => timeOf(name) > now.getTime()
    for (let after = ''; ; ) {
      const names = await tx.list(this.#prefix, { after, limit })
      const ripe = names.filter(name => !isAhead(name) && !name.endsWith('/'))
      // at once, so that a store with round trips needs only one
      const checked = await Promise.all(ripe.map(name => this.#check(tx, name, wish)))
      const due = checked.flatMap(({ id }) => (id === undefined ? [] : [id]))
      const last = names.at(-1)
      const isEnd = last === undefined || names.length < limit || isAhead(last)
      // what stays where it is must not hide what comes behind it
      if (isEnd || checked.some(({ stays }) => !stays)) return due
      after = last
    }
  }

  /** The id, if it is due; and whether the name stays although it is not. */
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
    // another node may have ended it since the names were listed, which takes both away
    if (stray && id !== undefined && isStray && (await isOurs())) stray(id)
    if (!isDue) tx.delete(key)
    return { id: isDue ? id : undefined, stays: false }
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

const isDamaged = (read: Result<unknown>) => !read.ok && read.error instanceof Tampered

function valueIn<T>(read: Result<T>): T {
  if (read.ok) return read.value
  throw read.error
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
