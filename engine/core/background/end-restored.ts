import { findLease, hasten } from '../../lease/leases.ts'
import { deleteRestoration, type Restoration, restoration } from '../../seal/restoration.ts'
import { type Tx, transact } from '../../storage/transact.ts'
import { condemnToken, isRootToken, tokenHashes } from '../../token/tokens.ts'
import type { Core } from '../core.ts'
import type { Mount } from '../mount.ts'
import { leasePages } from './lease-pages.ts'

const PAGE = 500

/**
 * Ends all tokens, leases and passwords of a restored backup: since it was made, passwords may have been used, tokens revoked and KRLs
 * fetched. Must be called before the first request. When it resolves, tokens are revoked and leases due; housekeeping then deletes them
 * and the keys on hosts. Safe to run again after a crash at any point, and on several nodes: each commit checks that no node has finished.
 */
export async function endRestored(core: Core): Promise<void> {
  const restored = await transact(core.store, restoration)
  if (!restored) return
  core.log.warn(
    { restoredAt: new Date(restored.at).toISOString(), keepsRoot: restored.keepRoot },
    'the storage is a restored copy: its tokens, leases and passwords are ended',
  )
  try {
    await endTokens(core, restored)
    for await (const ids of leasePages(core.store, '')) await hastenAll(core, ids)
    for (const mount of core.mounts.all) await endOfMount(core, mount)
    await whileRestored(core, async tx => deleteRestoration(tx))
    core.log.warn({}, 'all tokens, leases and passwords of the restored copy are ended')
  } catch (error) {
    if (!(error instanceof FinishedElsewhere)) throw error
  }
}

/** Another node has finished, and may have issued new tokens and leases since. */
class FinishedElsewhere extends Error {
  override readonly name = 'FinishedElsewhere'
}

async function whileRestored<T>({ store }: Core, work: (tx: Tx) => Promise<T>): Promise<T> {
  return transact(store, async tx => {
    if (!(await restoration(tx))) throw new FinishedElsewhere()
    return work(tx)
  })
}

async function endTokens(core: Core, { keepRoot }: Restoration): Promise<void> {
  for (let after = ''; ; ) {
    const page = await transact(core.store, tx => tokenHashes(tx, { after, limit: PAGE }))
    const last = page.at(-1)
    if (last === undefined) return
    await whileRestored(core, async tx => {
      for (const hash of page)
        if (!keepRoot || !(await isRootToken(tx, hash))) await condemnToken(tx, hash, core.now())
    })
    after = last
  }
}

async function hastenAll(core: Core, ids: readonly string[]): Promise<void> {
  await whileRestored(core, async tx => {
    for (const id of ids) {
      const lease = await findLease(tx, id)
      // a lease that was given up is not due any more
      if (lease?.dueAt !== undefined) hasten(tx, lease, core.now())
    }
  })
}

/** Ends what a mount stores besides tokens and leases. */
async function endOfMount(core: Core, { id }: Mount): Promise<void> {
  const { mounts } = core
  let after: string | undefined = ''
  const endSome = async (tx: Tx, behind: string) => {
    const mount = await mounts.read(tx, id)
    const end = mount && mounts.engineOf(mount)?.restored
    if (!mount || !end) return undefined
    const call = { tx: mounts.scope(tx, mount), now: core.now(), mount: mounts.view(mount) }
    return end(call, behind)
  }
  while (after !== undefined) {
    const behind: string = after
    after = await whileRestored(core, tx => endSome(tx, behind))
  }
}
