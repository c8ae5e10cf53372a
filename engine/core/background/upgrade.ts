import { transact } from '../../storage/transact.ts'
import type { Core } from '../core.ts'

/** Runs the upgrade of every mounted engine. */
export async function upgrade({ store, mounts, now, log }: Core): Promise<void> {
  for (const mount of mounts.all) {
    const work = mounts.engineOf(mount)?.upgrade
    if (!work || mount.leaving) continue
    const left = await transact(store, async tx => {
      const current = await mounts.read(tx, mount.id)
      if (!current || current.leaving) return []
      const call = { tx: mounts.scope(tx, current), now: now(), mount: mounts.view(current) }
      const sentences = await work(call)
      if (!current.hasRecords) await mounts.put(tx, { ...current, hasRecords: true })
      return sentences
    })
    for (const sentence of left) log.warn({ mount: mount.path }, sentence)
  }
  await mounts.refresh()
}
