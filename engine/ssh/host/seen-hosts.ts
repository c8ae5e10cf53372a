import type { RevokeCall } from '../../api/engine.ts'
import { Table } from '../../storage/table.ts'
import type { Tx } from '../../storage/transact.ts'
import { findHost } from './hosts.ts'
import { covers, mergeSeen, parseReport, type Seen, type SeenValue } from './seen.ts'

/** Milliseconds for which something may be known to this node alone. */
const UNWRITTEN = 300_000

/** Records that one transaction writes. */
const WRITTEN_AT_ONCE = 1000

/** A second address within so many milliseconds is worth a warning. */
const AT_THE_SAME_TIME = 3_600_000

const stored = new Table<Seen>('host-seen/')

interface Unwritten {
  readonly seen: Seen
  /** When it was last taken for writing, or first noticed. */
  readonly since: number
}

/** What is noticed of a host that has signed a request. */
export interface Notice {
  readonly name: string
  /** Client address. */
  readonly address: string
  /** As it was sent; empty if there is none. */
  readonly report: string
  readonly values?: Readonly<Partial<Record<SeenValue, string | number>>>
}

/**
 * When hosts were last seen, and what they told. In memory first, since a host asks every minute; written when that is older than five
 * minutes. Each node writes what it has noticed itself.
 */
export class SeenHosts {
  readonly #mounts = new Map<string, Map<string, Unwritten>>()

  /** Notes that a host has signed a request. Warns if another address has used its key within the hour. */
  note(mountId: string, now: Date, { name, address, report, values }: Notice): boolean {
    const at = now.getTime()
    const told = Object.entries({ ...parseReport(report), ...values })
    const fresh: Seen = {
      ...{ firstSeen: at, lastSeen: at, places: { [address]: at } },
      values: Object.fromEntries(told.map(([key, value]) => [key, [value, at]])),
    }
    const before = this.#of(mountId).get(name)
    const seen = before ? mergeSeen(before.seen, fresh) : fresh
    this.#of(mountId).set(name, { seen, since: before?.since ?? at })
    const isNew = before !== undefined && !Object.hasOwn(before.seen.places, address)
    return isNew && placesWithin(seen, at).length > 1
  }

  /** Notes that a host, which has just been noted, has redeemed a password. */
  noteVerify(mountId: string, now: Date, name: string): void {
    const known = this.#of(mountId).get(name)
    if (!known) return
    const values = { ...known.seen.values, last_verify: [1, now.getTime()] as const }
    this.#of(mountId).set(name, { ...known, seen: { ...known.seen, values } })
  }

  /** What is known of a host, here and in the store. */
  async find(
    { tx, mount }: Pick<RevokeCall, 'tx' | 'mount'>,
    name: string,
  ): Promise<Seen | undefined> {
    const own = this.#of(mount.id).get(name)?.seen
    const row = await stored.get(tx, name)
    return row && own ? mergeSeen(row, own) : (row ?? own)
  }

  /** Deletes what is known of a host. */
  forget({ tx, mount }: Pick<RevokeCall, 'tx' | 'mount'>, name: string): void {
    this.#of(mount.id).delete(name)
    stored.delete(tx, name)
  }

  /** Writes what has not been written for five minutes, the oldest first. Returns whether there is more. */
  async write({ tx, mount, now }: RevokeCall): Promise<boolean> {
    const own = this.#of(mount.id)
    // all at once: a database answers many reads in the time of one
    const found = await Promise.all(
      firstDue(own, now).map(([name]) =>
        Promise.all([name, stored.get(tx, name), findHost(tx, name)]),
      ),
    )
    for (const [name, row, host] of found) {
      // as it is now: the host may have asked meanwhile
      const seen = own.get(name)?.seen
      // one that is written moves behind the others, so that the oldest come first
      own.delete(name)
      // one that is in the store already has been committed; only then it is forgotten here
      if (!host || !seen || (row && covers(row, seen))) continue
      stored.put(tx, name, row ? mergeSeen(row, seen) : seen)
      own.set(name, { seen, since: now.getTime() })
    }
    return firstDue(own, now).length > 0
  }

  /** Forgets all that is not written: the store is being sealed. */
  clear(): void {
    this.#mounts.clear()
  }

  #of(mountId: string): Map<string, Unwritten> {
    const found = this.#mounts.get(mountId) ?? new Map<string, Unwritten>()
    this.#mounts.set(mountId, found)
    return found
  }
}

/** Those that are due, of which the oldest come first, at most as many as one transaction writes. */
function firstDue(
  own: ReadonlyMap<string, Unwritten>,
  now: Date,
): readonly (readonly [name: string, Unwritten])[] {
  const due: (readonly [string, Unwritten])[] = []
  for (const each of own) {
    if (now.getTime() - each[1].since < UNWRITTEN || due.length === WRITTEN_AT_ONCE) break
    due.push(each)
  }
  return due
}

/** Writes what is known of a host when it is enrolled. */
export const putSeen = (tx: Tx, name: string, seen: Seen): void => stored.put(tx, name, seen)

/** The addresses that a host was seen at within the hour before `at`. */
export const placesWithin = ({ places }: Seen, at: number): readonly string[] =>
  Object.keys(places).filter(address => at - (places[address] ?? 0) < AT_THE_SAME_TIME)
