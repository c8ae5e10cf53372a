import type { Core } from '../core.ts'

/** Number of ids shown as examples. */
const EXAMPLES = 5

/** What was logged last. */
const said = new WeakMap<Core, string>()

/** Logs which tokens and leases cannot be revoked because their rows were altered, whenever these change. */
export function reportDamaged(core: Core, ids: ReadonlySet<string>): void {
  const all = [...ids].sort()
  if (all.join() === (said.get(core) ?? '')) return
  said.set(core, all.join())
  if (all.length === 0) return
  core.log.error(
    { count: all.length, examples: all.slice(0, EXAMPLES) },
    'expired tokens or leases cannot be revoked: their rows in the storage were altered, and not by the engine; restore them from a backup',
  )
}
