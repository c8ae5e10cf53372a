import { transact } from '../../storage/transact.ts'
import type { Core } from '../core.ts'
import { moveNames } from './move-names.ts'

/** Runs the periodic work of every mounted engine. A failure is logged, and the work is retried the next time. */
export async function maintain(core: Core): Promise<void> {
  const { store, mounts, now, log } = core
  for (const mount of mounts.all) {
    const work = mounts.engineOf(mount)?.maintain
    if (!work || mount.leaving) continue
    try {
      await transact(store, async tx => {
        // a mount that was removed meanwhile must not be written to
        const current = await mounts.read(tx, mount.id)
        if (!current || current.leaving) return
        const call = { tx: mounts.scope(tx, current), now: now(), mount: mounts.view(current) }
        await work({
          ...call,
          warn: sentence => log.warn({ mount: mount.path }, sentence),
        })
      })
    } catch (error) {
      log.error({ mount: mount.path, error }, 'maintenance failed; it will be tried again')
    }
  }
  await moveNames(core, now())
}
