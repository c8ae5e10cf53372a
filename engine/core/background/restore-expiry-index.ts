import { putBackDue } from '../../lease/leases.ts'
import { transact } from '../../storage/transact.ts'
import type { Core } from '../core.ts'
import { leasePages } from './lease-pages.ts'

/** The position of the walk through all leases. */
const walks = new WeakMap<Core, AsyncGenerator<readonly string[]>>()

/**
 * Checks the next page of all leases, and restores those that are missing from the index of expiries: they would never expire. Logs
 * how many.
 */
export async function restoreExpiryIndex(core: Core): Promise<void> {
  const walk = walks.get(core) ?? leasePages(core.store, '')
  walks.delete(core)
  const { value: ids, done } = await walk.next()
  if (done) return
  const mended = await transact(core.store, async tx => {
    let count = 0
    for (const id of ids) if (await putBackDue(tx, id)) count++
    return count
  })
  if (mended > 0)
    core.log.error(
      { leases: mended },
      'leases would not have expired: their index entries were deleted from the storage, and not by the engine',
    )
  walks.set(core, walk)
}
