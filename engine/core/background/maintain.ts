import { Sealed } from '../../storage/sealed.ts'
import { transact } from '../../storage/transact.ts'
import type { Core } from '../core.ts'
import type { Mount } from '../mount.ts'
import { moveNames } from './move-names.ts'

/** Milliseconds after which the work of a mount is continued the next time: expiry must not wait for it. */
const LONGEST = 2000

/** Runs the periodic work of every mounted engine. A failure is logged, and the work is retried the next time. */
export async function maintain(core: Core): Promise<void> {
  const { mounts, now, log } = core
  for (const mount of mounts.all) {
    if (mount.leaving) continue
    const begun = performance.now()
    try {
      while ((await maintainOnce(core, mount)) && performance.now() - begun < LONGEST);
    } catch (error) {
      // it is continued when this node is unsealed
      if (error instanceof Sealed) throw error
      log.error({ mount: mount.path, error }, 'maintenance failed; it will be tried again')
    }
  }
  await moveNames(core, now())
}

/** Returns whether there is more. */
async function maintainOnce(core: Core, mount: Mount): Promise<boolean> {
  const { store, mounts, now, log } = core
  const work = mounts.engineOf(mount)?.maintain
  if (!work) return false
  return transact(store, async tx => {
    // a mount that was removed meanwhile must not be written to
    const current = await mounts.read(tx, mount.id)
    if (!current || current.leaving) return false
    const call = { tx: mounts.scope(tx, current), now: now(), mount: mounts.view(current) }
    const warn = (sentence: string) => log.warn({ mount: mount.path }, sentence)
    return (await work({ ...call, warn })) === true
  })
}
