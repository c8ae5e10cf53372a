import type { Core } from '../core.ts'

/** What was said last. */
const said = new WeakMap<Core, string>()

/** Logs which mounts have been deleted from the storage by other means, and when they have been put back; nothing while that stays as it is. */
export function reportLost(core: Core): void {
  const lost = core.mounts.lost.join()
  if (lost === (said.get(core) ?? '')) return
  said.set(core, lost)
  const facts = { mounts: core.mounts.lost }
  if (lost === '') core.log.warn(facts, 'all mounts are in the storage again')
  else
    core.log.error(
      facts,
      'mounts have been deleted from the storage, and not by the engine: nothing answers there until they are put back from a backup',
    )
}
