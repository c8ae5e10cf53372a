import { findLease } from '../../lease/leases.ts'
import { Sealed } from '../../storage/sealed.ts'
import { transact } from '../../storage/transact.ts'
import { tokenExists } from '../../token/tokens.ts'
import type { Core } from '../core.ts'
import { leasePages } from './lease-pages.ts'
import { tryRevoke } from './revoke.ts'

const running = new WeakSet<Core>()

/**
 * Revokes all leases whose token no longer exists, and logs how many. Does not reject, and does nothing while another run is in
 * progress.
 */
export async function tidyLeases(core: Core): Promise<void> {
  if (running.has(core)) return
  running.add(core)
  try {
    let [looked, revoked] = [0, 0]
    for await (const ids of leasePages(core.store, ''))
      for (const id of ids) {
        looked++
        if ((await isOrphaned(core, id)) && (await tryRevoke(core, id))) revoked++
      }
    core.log.info({ looked, revoked }, 'leases tidied')
  } catch (error) {
    if (!(error instanceof Sealed)) core.log.error({ error }, 'tidying leases failed')
  } finally {
    running.delete(core)
  }
}

const isOrphaned = ({ store }: Core, id: string): Promise<boolean> =>
  transact(store, async tx => {
    const lease = await findLease(tx, id)
    return lease !== undefined && !(await tokenExists(tx, lease.token))
  })
