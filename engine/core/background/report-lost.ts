import type { Core } from '../core.ts'

/** What was logged last. */
const said = new WeakMap<Core, string>()

/** Logs which mounts were deleted from the storage other than by the engine, and when they are restored, whenever that changes. */
export function reportLost(core: Core): void {
  const lost = core.mounts.lost.join()
  if (lost === (said.get(core) ?? '')) return
  said.set(core, lost)
  const facts = { mounts: core.mounts.lost }
  if (lost === '') core.log.warn(facts, 'all mounts are restored in the storage')
  else
    core.log.error(
      facts,
      'mounts were deleted from the storage, and not by the engine: nothing is served there until they are restored from a backup',
    )
}
