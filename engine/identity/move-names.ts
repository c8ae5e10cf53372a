import type { Moved, NameIndex, Names } from '../storage/name-index.ts'
import type { Tx } from '../storage/transact.ts'
import { entityNames } from './entities.ts'
import { groupNames } from './groups.ts'
import { keepNaming, moveOlder } from './identity-names.ts'

type Index = NameIndex<{ readonly id: string }>

const ALL: readonly (readonly [Index, typeof entityNames.namedOf])[] = [
  [entityNames.byName, entityNames.namedOf],
  [entityNames.byAlias, entityNames.calledOf],
  [groupNames.byName, groupNames.namedOf],
  [groupNames.byAlias, groupNames.calledOf],
]

/** Records in a store of an older version that names of entities, groups and aliases are not keyed yet. */
export const keepIdentityNames = (tx: Tx, now: Date): Promise<void> =>
  keepNaming(
    tx,
    ALL.map(([index]) => index),
    now,
  )

/** Replaces some unkeyed names of entities, groups and aliases, once nodes of an older version can no longer run. */
export const moveIdentityNames = (tx: Tx, now: Date, limit: number): Promise<Moved> =>
  moveOlder(tx, now, names => moveSome(names, limit))

async function moveSome(names: Names, limit: number): Promise<Moved> {
  let [moved, left] = [0, false]
  for (const [index, namedOf] of ALL) {
    const done = await index.move(names, limit - moved, ({ id }) => namedOf(names.tx, id))
    moved += done.moved
    left ||= done.left
  }
  return { moved, left }
}
