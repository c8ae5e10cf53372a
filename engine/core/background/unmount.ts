import { counted } from '../../../shared/counted.ts'
import { ApiError } from '../../api/errors.ts'
import { setFolding } from '../../identity/alias-name.ts'
import { deleteSome } from '../../storage/delete-some.ts'
import type { Page } from '../../storage/store.ts'
import { transact } from '../../storage/transact.ts'
import { tokensOfMount } from '../../token/tokens.ts'
import type { Core } from '../core.ts'
import type { Mount } from '../mount.ts'
import { keysOf } from '../mounts.ts'
import { inParallel } from './in-parallel.ts'
import { mountLeasePages } from './mount-leases.ts'
import { revokeToken, tryRevoke } from './revoke.ts'

const BATCH = 500
const TOKENS_AT_ONCE = 8
const LEASES_AT_ONCE = 32

/**
 * Removes a mount that is marked as leaving: revokes its tokens and leases, then deletes its data and its row. Safe to run again after a
 * crash at any point. While a lease cannot be revoked, the mount stays and serves nothing; housekeeping continues.
 * @throws {ApiError} invalid, if it stays
 */
export async function unmount(core: Core, mount: Mount): Promise<void> {
  await core.mounts.reload()
  let stuck = 0
  for await (const ids of leasesOf(core, mount))
    await inParallel(ids, LEASES_AT_ONCE, async id => {
      if (!(await tryRevoke(core, id))) stuck++
    })
  if (stuck > 0)
    throw new ApiError(
      'invalid',
      `${counted(stuck, 'lease')} under ${mount.path} could not be revoked yet: the mount is removed as soon as all have ended; to give up leases, revoke them by force`,
    )
  await finishUnmount(core, mount)
}

/** Deletes a mount that is leaving, if it has no leases left. */
export async function finishUnmount(core: Core, mount: Mount): Promise<void> {
  const { store, mounts } = core
  for await (const _ of leasesOf(core, mount)) return
  for (let after: string | undefined = ''; after !== undefined; ) {
    const page: Page = { after, limit: BATCH }
    const { hashes, last } = await transact(store, tx => tokensOfMount(tx, mount.id, page))
    await inParallel(hashes, TOKENS_AT_ONCE, hash => revokeToken(core, hash))
    after = last
  }
  while ((await transact(store, tx => deleteSome(tx, keysOf(mount), BATCH))) > 0);
  await transact(store, async tx => {
    await setFolding(tx, mount.accessor, false)
    await mounts.delete(tx, mount)
  })
  await mounts.reload()
}

/** The ids of the leases of a mount, at its current and former paths. */
const leasesOf = ({ store }: Core, mount: Mount) =>
  mountLeasePages(store, { mount, places: [mount.path, ...mount.formerPaths] })
