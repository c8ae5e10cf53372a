import { Missing } from '../storage/kept-table.ts'
import { Table } from '../storage/table.ts'
import type { Tx } from '../storage/transact.ts'
import type { Group } from './group.ts'

/**
 * What auth methods call external groups: who deletes such a group, or the entry that leads to it, from the storage must not take what the
 * group's policies deny from whoever logs in.
 */
interface External {
  readonly groups: readonly (readonly [id: string, mount: string, name: string])[]
}

const records = new Table<External>('identity/')
const NAME = 'external-groups'

/** To be called with every group that is stored, as it is then, and with those that are deleted without their alias. */
export async function noteExternal(tx: Tx, { id, alias }: Pick<Group, 'id' | 'alias'>) {
  const before = (await records.get(tx, NAME))?.groups ?? []
  const now = alias && ([id, alias.mount, alias.name] as const)
  const known = before.find(each => each[0] === id)
  if (JSON.stringify(known) === JSON.stringify(now)) return
  const others = before.filter(each => each !== known)
  records.put(tx, NAME, { groups: now ? [...others, now] : others })
}

/** Writes down which groups an older version has stored. */
export async function keepExternal(tx: Tx, groups: readonly Group[]): Promise<void> {
  if (await records.get(tx, NAME)) return
  const found = groups.flatMap(({ id, alias }) =>
    alias ? [[id, alias.mount, alias.name] as const] : [],
  )
  records.put(tx, NAME, { groups: found })
}

/** Makes sure that names for which no group is found are names of none. @throws {Missing} if one is */
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
