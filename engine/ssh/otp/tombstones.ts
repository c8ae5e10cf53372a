import type { RevokeCall } from '../../api/engine.ts'
import { deleteSome } from '../../storage/delete-some.ts'
import { DueIndex } from '../../storage/due-index.ts'
import type { Tx } from '../../storage/transact.ts'
import { untampered } from '../../storage/untampered.ts'
import { type Ended, type Otp, otps, type Presented } from './otps.ts'

/** Milliseconds that a tombstone is kept at least, so that whoever requested the password can still ask when it has just expired. */
const KEPT = 60_000

/**
 * Replays of one password that are written into its tombstone, and the milliseconds between two of them; the metrics and the audit log
 * have the others. Of many at the same time, all but one then need no commit.
 */
const REPLAYS = { most: 10, apart: 1000 }

const PREFIX = 'otp-due/'
const due = new DueIndex(PREFIX)

/** Replaces a password by its tombstone, which is kept until the lease would have ended. Costs one key more than deleting it. */
export function leaveTombstone(
  tx: Tx,
  { id, otp }: { readonly id: string; readonly otp: Otp },
  ended: Pick<Ended, 'state' | 'at' | 'by'>,
): void {
  const { expiresAt } = otp
  const keptUntil = Math.max(expiresAt, ended.at + KEPT)
  otps.put(tx, id, { ...otp, expiresAt: 0, ended: { ...ended, expiresAt, keptUntil } })
  due.put(tx, keptUntil, id)
}

/** Ends a password whose lease ends unused: it has expired, or was revoked. */
export async function endUnused(
  id: string,
  { tx, now }: Pick<RevokeCall, 'tx' | 'now'>,
): Promise<void> {
  const otp = await untampered(otps.get(tx, id))
  if (otp?.ended) return
  // nobody may ask for one without an issuer, and one that is not ours must go whatever it says
  if (!otp?.issuer) return otps.delete(tx, id)
  const at = now.getTime()
  leaveTombstone(tx, { id, otp }, { state: otp.expiresAt <= at ? 'expired' : 'revoked', at })
}

/** Whether the password was used before: then this is a replay. Notes it in the tombstone, if that is not full. */
export function isReplay(tx: Tx, id: string, otp: Otp, last: Presented): boolean {
  const { ended } = otp
  if (ended?.state !== 'used') return false
  const { replays } = ended
  const count = (replays?.count ?? 0) + 1
  const isApart = !replays || last.at - replays.last.at >= REPLAYS.apart
  if (count <= REPLAYS.most && isApart)
    otps.put(tx, id, { ...otp, ended: { ...ended, replays: { count, last } } })
  return true
}

/** Deletes at most `limit` tombstones whose time has come. Gives whether there may be more. */
export async function deleteTombstones(
  { tx, now }: Pick<RevokeCall, 'tx' | 'now'>,
  limit: number,
): Promise<boolean> {
  const dueAt = async (id: string) => [(await untampered(otps.get(tx, id)))?.ended?.keptUntil]
  const ids = await due.overdue(tx, { now, limit, dueAt })
  for (const id of ids) {
    const otp = await otps.take(tx, id)
    if (otp?.ended) due.delete(tx, otp.ended.keptUntil, id)
  }
  return ids.length === limit
}

/** Deletes at most `limit` passwords and tombstones, whatever their time. Gives whether there may be more. */
export async function deletePasswords(tx: Tx, limit: number): Promise<boolean> {
  const ids = await otps.list(tx, '', { limit })
  for (const id of ids) otps.delete(tx, id)
  const names = await deleteSome(tx, PREFIX, limit)
  return ids.length === limit || names === limit
}
