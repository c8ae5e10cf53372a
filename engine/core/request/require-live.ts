import type { Caller } from '../../api/call.ts'
import { ApiError } from '../../api/errors.ts'
import { actingEntity } from '../../identity/entities.ts'
import { findLease, type Lease } from '../../lease/leases.ts'
import type { Tx } from '../../storage/transact.ts'
import { isHeld } from '../../token/is-held.ts'
import { findCallersToken, type Token } from '../../token/tokens.ts'
import type { Core } from '../core.ts'

/**
 * Makes the commit depend on the caller's token and entity.
 * @throws {ApiError} denied, if the token has been revoked or the entity disabled meanwhile; if that happens later, the commit fails
 */
export async function requireLive(core: Core, tx: Tx, caller: Caller): Promise<void> {
  const found = await findCallersToken(tx, caller, core.now())
  if (!found || !(await isHeld(tx, found, holders(core))) || !(await mayAct(tx, found)))
    throw new ApiError('denied', 'permission denied')
}

async function mayAct(tx: Tx, { entity: id }: Token): Promise<boolean> {
  const entity = id === undefined ? undefined : await actingEntity(tx, id)
  return id === undefined || (entity !== undefined && !entity.disabled)
}

/** The lease, if it and its token are still valid. */
export async function findLiveLease(core: Core, tx: Tx, id: string): Promise<Lease | undefined> {
  const lease = await findLease(tx, id)
  // a used-up token may still be in its last request
  const counted = { token: lease?.token ?? '', remainingUses: 0 }
  const token = lease && (await findCallersToken(tx, counted, core.now()))
  return token && (await isHeld(tx, token, holders(core))) ? lease : undefined
}

const holders = ({ mounts, now }: Core) => ({
  now: now(),
  isMounted: (id: string) => mounts.has(id),
})
