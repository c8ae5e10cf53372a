import { putBackDue } from '../../lease/leases.ts'
import { transact } from '../../storage/transact.ts'
import type { Core } from '../core.ts'
import { leasePages } from './lease-pages.ts'

/** Where the walk through all leases is. */
const walks = new WeakMap<Core, AsyncGenerator<readonly string[]>>()

/**
 * Looks at the next page of all leases, and puts those back into the order of time that somebody has deleted from there: they would never
 * end by themselves. The log says how many.
 */
export async function mendDue(core: Core): Promise<void> {
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
      'leases would not have ended: their entries have been deleted from the storage, and not by the engine',
    )
  walks.set(core, walk)
}
