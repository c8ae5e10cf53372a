import { ApiError } from '../api/errors.ts'
import { leasesUnder } from '../lease/leases.ts'
import { type Tx, transact } from '../storage/transact.ts'
import type { Core } from './core.ts'
import { keysOf, type Mount } from './mounts.ts'
import { revokeUnder } from './revoke.ts'

const BATCH = 500

/**
 * Removes a mount that has been marked as leaving: revokes its leases, deletes what it has stored, forgets it. Safe to be run again
 * after a crash at any point. While a lease cannot be revoked the mount stays, and answers nothing; the expiry loop goes on.
 * @throws {ApiError} if it stays
 */
export async function unmount(core: Core, mount: Mount): Promise<void> {
  await core.mounts.reload()
  const stuck = await revokeUnder(core, mount.path)
  if (stuck > 0)
    throw new ApiError(
      'invalid',
      `${stuck} leases under ${mount.path} could not be revoked yet: the mount goes as soon as they have ended; to give them up, revoke them by force`,
    )
  await finishUnmount(core, mount)
}

/** Deletes and forgets a mount that is leaving, once it has no leases. */
export async function finishUnmount({ store, mounts }: Core, mount: Mount): Promise<void> {
  if ((await transact(store, tx => leasesUnder(tx, mount.path, { limit: 1 }))).length > 0) return
  while ((await transact(store, tx => deleteSome(tx, keysOf(mount), BATCH))) > 0);
  await transact(store, async tx => mounts.delete(tx, mount))
  await mounts.reload()
}

/** Deletes at most `limit` of the keys under `prefix`, and says how many. */
async function deleteSome(tx: Tx, prefix: string, limit: number): Promise<number> {
  let deleted = 0
  for (const name of await tx.list(prefix, { limit })) {
    if (deleted >= limit) break
    if (name.endsWith('/')) deleted += await deleteSome(tx, prefix + name, limit - deleted)
    else {
      tx.delete(prefix + name)
      deleted++
    }
  }
  return deleted
}
