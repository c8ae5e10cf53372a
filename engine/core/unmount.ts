import { allLeasesUnder } from '../lease/leases.ts'
import { type Tx, transact } from '../storage/transact.ts'
import type { Core } from './core.ts'
import { keysOf, type Mount } from './mounts.ts'
import { revokeLease } from './revoke.ts'

const BATCH = 500

/**
 * Finishes the removal of a mount that has been marked as leaving: revokes its leases, deletes what it has stored, forgets it.
 * Safe to be run again after a crash at any point.
 */
export async function unmount(core: Core, mount: Mount): Promise<void> {
  const { store, mounts } = core
  await mounts.reload()
  for (const id of await transact(store, tx => allLeasesUnder(tx, mount.path)))
    await revokeLease(core, id)
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
