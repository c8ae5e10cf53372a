import { DueIndex } from '../../storage/due-index.ts'
import { Table } from '../../storage/table.ts'
import type { Tx } from '../../storage/transact.ts'
import { findCertificate, type SignedCertificate } from './inventory.ts'
import { bumpKrl } from './krl-version.ts'
import { forgetSerials } from './revocations.ts'
import type { Place } from './revoked-state.ts'

/** Milliseconds for which an expired certificate stays on the KRL, for hosts whose clocks are slow. */
const LEEWAY = 24 * 3_600_000

/** Milliseconds between two versions of the KRL that only drop entries: every host fetches each version whole. */
const SELDOM = 3_600_000

const AT_ONCE = 500

const due = new DueIndex('expired-revocation/due/')
const shortenings = new Table<Shortening>('expired-revocation/shortened/')

interface Shortening {
  /** When a version that only dropped entries was last made, in milliseconds since 1970. */
  readonly at: number
  /** Whether entries have been dropped since. */
  readonly begun: boolean
}

const NAME = 'last'

/** Schedules certificates revoked by serial number for removal from the KRL after they have expired. */
export function leaveWhenExpired(tx: Tx, certificates: readonly SignedCertificate[]): void {
  for (const each of certificates) due.put(tx, leavesAt(each), each.serial)
}

const leavesAt = ({ validBefore }: SignedCertificate) => validBefore * 1000 + LEEWAY

/**
 * Removes expired certificates from the KRL, since sshd reads all of it at each login. Runs at most once an hour, in as many calls as
 * it takes.
 */
export async function shortenList(place: Place, now: Date): Promise<void> {
  const { tx } = place
  const { at, begun } = (await shortenings.get(tx, NAME)) ?? { at: 0, begun: false }
  if (now.getTime() - at < SELDOM) return
  const expired: SignedCertificate[] = []
  const serials = await due.overdue(tx, {
    now,
    limit: AT_ONCE,
    async dueAt(serial) {
      const certificate = await findCertificate(tx, serial)
      if (certificate && leavesAt(certificate) <= now.getTime()) expired.push(certificate)
      return [certificate && leavesAt(certificate)]
    },
  })
  const leaving = expired.filter(({ serial }) => serials.includes(serial))
  await forgetSerials(place, leaving)
  for (const each of leaving) due.delete(tx, leavesAt(each), each.serial)
  if (serials.length === AT_ONCE) return shortenings.put(tx, NAME, { at, begun: true })
  if (serials.length === 0 && !begun) return
  await bumpKrl(tx, now)
  shortenings.put(tx, NAME, { at: now.getTime(), begun: false })
}
