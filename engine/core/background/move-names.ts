import { namesIn } from '../../identity/identity-names.ts'
import { moveIdentityNames } from '../../identity/move-names.ts'
import { BEGUN, type Moved } from '../../storage/name-index.ts'
import { Sealed } from '../../storage/sealed.ts'
import { transact } from '../../storage/transact.ts'
import type { Core } from '../core.ts'
import type { Mount } from '../mount.ts'

/** Names moved in one commit, and commits in one run. */
const AT_ONCE = 500
const COMMITS = 20

/**
 * Replaces unkeyed names of an older version by keyed ones, a day after a node of this version first opened the store: until then, nodes
 * of the older version may still run. A failure is logged, and the move is retried the next time.
 */
export async function moveNames(core: Core, now: Date): Promise<void> {
  await moveAll(core, 'identity/', () =>
    transact(core.store, tx => moveIdentityNames(tx, now, AT_ONCE)),
  )
  for (const mount of core.mounts.all)
    if (core.mounts.engineOf(mount)?.moveNames)
      await moveAll(core, mount.path, () => moveOfMount(core, mount, now))
}

async function moveAll({ log }: Core, mount: string, move: () => Promise<Moved>): Promise<void> {
  try {
    for (let commit = 0; commit < COMMITS; commit++) {
      const { moved, left } = await move()
      if (moved === 0 || !left) return
    }
  } catch (error) {
    if (error instanceof Sealed) throw error
    log.error({ mount, error }, 'names could not be moved; will retry')
  }
}

const NONE: Moved = { moved: 0, left: false }

function moveOfMount({ store, mounts }: Core, { id }: Mount, now: Date): Promise<Moved> {
  return transact(store, async tx => {
    const mount = await mounts.read(tx, id)
    const move = mount && mounts.engineOf(mount)?.moveNames
    if (!mount || !move || mount.leaving) return NONE
    if (mount.naming === undefined && (await namesIn(tx)).naming === 'older') return NONE
    if (mount.naming === undefined) {
      await mounts.put(tx, { ...mount, naming: 'moving' })
      return BEGUN
    }
    const view = { ...mounts.view(mount), naming: 'moving' } as const
    const done = await move({ tx: mounts.scope(tx, mount), now, mount: view }, AT_ONCE)
    const naming = done.left ? 'moving' : 'keyed'
    if (naming !== mount.naming) await mounts.put(tx, { ...mount, naming })
    return done
  })
}
