import { findLease } from '../../lease/leases.ts'
import type { Store } from '../../storage/store.ts'
import { type Tx, transact } from '../../storage/transact.ts'
import type { Mount } from '../mount.ts'
import { leasePages } from './lease-pages.ts'

interface LeaseScope {
  readonly mount: Pick<Mount, 'id'>
  /** The current and former paths of the mount; each ends in `/`. */
  readonly places: readonly string[]
  /** Only leases below this path, relative to the mount: empty, or ends in `/`. */
  readonly below?: string
}

/** The ids of the leases of a mount, at all of `places`, in pages that are not empty. */
export async function* mountLeasePages(
  store: Store,
  { mount, places, below = '' }: LeaseScope,
): AsyncGenerator<readonly string[]> {
  for (const place of places)
    for await (const ids of leasePages(store, place + below)) {
      // other mounts may have been at this path, or are now
      const own = await transact(store, tx => ownAmong(tx, ids, mount.id))
      if (own.length > 0) yield own
    }
}

async function ownAmong(tx: Tx, ids: readonly string[], mount: string): Promise<string[]> {
  const own: string[] = []
  for (const id of ids) if ((await findLease(tx, id))?.mount === mount) own.push(id)
  return own
}
