import { findLease, hasten } from '../../lease/leases.ts'
import { deleteRestoration, type Restoration, restoration } from '../../seal/restoration.ts'
import { type Tx, transact } from '../../storage/transact.ts'
import { condemnToken, isRootToken, tokenHashes } from '../../token/tokens.ts'
import type { Core } from '../core.ts'
import type { Mount } from '../mount.ts'
import { leasePages } from './lease-pages.ts'

const PAGE = 500

/**
 * Ends what an older copy of the storage has brought back: passwords may have been used since it was made, tokens revoked, lists of revoked
 * keys handed out. To be called before anything is answered. Tokens are dead and leases due when it resolves; housekeeping then removes them,
 * the keys on hosts too. Safe to be run again after a crash at any point, and on several nodes: each commit checks that no other has finished.
 */
export async function beginEpoch(core: Core): Promise<void> {
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
    core.log.warn({}, 'what the restored copy had brought back is ended')
  } catch (error) {
    if (!(error instanceof FinishedElsewhere)) throw error
  }
}

/** Another node has finished, and may have given out new tokens and leases since. */
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
      // one that was given up has no turn any more
      if (lease?.dueAt !== undefined) hasten(tx, lease, core.now())
    }
  })
}

/** What a mount knows that is neither a token nor a lease. */
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
