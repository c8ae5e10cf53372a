import type { Core } from '../core.ts'

/** Shown as examples. */
const SOME = 5

/** What was said last. */
const said = new WeakMap<Core, string>()

/** Logs which tokens and leases cannot be ended, since what is stored of them has been changed; nothing while these stay the same. */
export function reportDamaged(core: Core, ids: ReadonlySet<string>): void {
  const all = [...ids].sort()
  if (all.join() === (said.get(core) ?? '')) return
  said.set(core, all.join())
  if (all.length === 0) return
  core.log.error(
    { count: all.length, examples: all.slice(0, SOME) },
    'tokens or leases that are over cannot be ended: their rows in the storage are not what the engine has written; put them back from a backup',
  )
}
