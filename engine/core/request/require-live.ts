import type { Caller } from '../../api/call.ts'
import { ApiError } from '../../api/errors.ts'
import { findLease, type Lease } from '../../lease/leases.ts'
import type { Tx } from '../../storage/transact.ts'
import { isHeld } from '../../token/is-held.ts'
import { findCallersToken } from '../../token/tokens.ts'
import type { Core } from '../core.ts'

/** @throws {ApiError} denied, for a token that has been ended since; once it has been, what the transaction writes cannot be committed */
export async function requireLive(core: Core, tx: Tx, caller: Caller): Promise<void> {
  const found = await findCallersToken(tx, caller, core.now())
  if (!found || !(await isHeld(tx, found, holders(core))))
    throw new ApiError('denied', 'permission denied')
}

/** The lease, if it has not ended, and the token that it goes with has not. */
export async function findLiveLease(core: Core, tx: Tx, id: string): Promise<Lease | undefined> {
  const lease = await findLease(tx, id)
  // one that is used up may still be at its last request
  const counted = { token: lease?.token ?? '', remainingUses: 0 }
  const token = lease && (await findCallersToken(tx, counted, core.now()))
  return token && (await isHeld(tx, token, holders(core))) ? lease : undefined
}

const holders = ({ mounts, now }: Core) => ({
  now: now(),
  isMounted: (id: string) => mounts.has(id),
})
