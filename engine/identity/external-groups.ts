import { Missing } from '../storage/kept-table.ts'
import { Table } from '../storage/table.ts'
import type { Tx } from '../storage/transact.ts'
import type { Group } from './group.ts'

/**
 * The alias names of external groups. If such a group or its index entry is deleted from the storage, logins must not lose the policies
 * of the group, which may deny something.
 */
interface External {
  readonly groups: readonly (readonly [id: string, mount: string, name: string])[]
}

const records = new Table<External>('identity/')
const NAME = 'external-groups'

/** Updates the record. Must be called with every group that is stored, and without an alias for one that is deleted. */
export async function noteExternal(tx: Tx, { id, alias }: Pick<Group, 'id' | 'alias'>) {
  const before = (await records.get(tx, NAME))?.groups ?? []
  const now = alias && ([id, alias.mount, alias.name] as const)
  const known = before.find(each => each[0] === id)
  if (JSON.stringify(known) === JSON.stringify(now)) return
  const others = before.filter(each => each !== known)
  records.put(tx, NAME, { groups: now ? [...others, now] : others })
}

/** Records the external groups that an older version has stored. */
export async function keepExternal(tx: Tx, groups: readonly Group[]): Promise<void> {
  if (await records.get(tx, NAME)) return
  const found = groups.flatMap(({ id, alias }) =>
    alias ? [[id, alias.mount, alias.name] as const] : [],
  )
  records.put(tx, NAME, { groups: found })
}

/** Checks that names for which no group was found belong to no group. @throws {Missing} if one does */
export async function requireNoGroups(
  tx: Tx,
  mount: string,
  names: readonly string[],
): Promise<void> {
  if (names.length === 0) return
  const known = (await records.get(tx, NAME))?.groups ?? []
  const lost = known.find(each => each[1] === mount && names.includes(each[2]))
  if (lost) throw new Missing(`identity/group/${lost[0]}`, undefined)
}
