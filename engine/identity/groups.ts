import { randomUUID } from 'node:crypto'
import { Missing } from '../storage/kept-table.ts'
import { type Named, NameIndex } from '../storage/name-index.ts'
import { Table } from '../storage/table.ts'
import type { Tx } from '../storage/transact.ts'
import { untampered } from '../storage/untampered.ts'
import { memberships } from './entities.ts'
import { keepExternal, noteExternal, requireNoGroups } from './external-groups.ts'
import type { Group, GroupAlias } from './group.ts'
import { namesIn, requireText } from './identity-names.ts'

const groups = new Table<Group>('identity/group/', { cached: true })
const byName = new NameIndex<{ readonly id: string }>({
  keyed: 'identity/by-group-name/',
  older: 'identity/group-name/',
})
const byAlias = new Table<{ readonly id: string }>('identity/group-alias/')
const byFactors = new NameIndex<{ readonly id: string }>({
  keyed: 'identity/by-group-alias-name/',
  older: 'identity/group-alias-name/',
})

export const findGroup = (tx: Tx, id: string): Promise<Group | undefined> =>
  id.includes('/') ? Promise.resolve(undefined) : groups.get(tx, id)

export async function groupOfName(tx: Tx, name: string): Promise<Group | undefined> {
  const entry = await byName.get(await namesIn(tx), named(name))
  return entry && findGroup(tx, entry.id)
}

export const groupIds = (tx: Tx): Promise<readonly string[]> => groups.list(tx)

/** Records the external groups that an older version has stored. */
export async function keepGroups(tx: Tx): Promise<void> {
  const found = await Promise.all((await groupIds(tx)).map(id => untampered(groups.get(tx, id))))
  await keepExternal(
    tx,
    found.filter(group => group !== undefined),
  )
}

/** A group without members, not yet stored. */
export function newGroup(now: Date): Group {
  const id = randomUUID()
  const at = now.getTime()
  return {
    id,
    name: `group_${id.slice(0, 8)}`,
    type: 'internal',
    metadata: {},
    policies: [],
    memberEntities: [],
    memberGroups: [],
    alias: undefined,
    hasMembership: true,
    createdAt: at,
    updatedAt: at,
  }
}

/** Stores a group in place of `old`, and updates the membership records of its members. */
export async function putGroup(tx: Tx, group: Group, old: Group | undefined): Promise<void> {
  const names = await namesIn(tx)
  if (old) await unname(tx, old)
  if (!old && !(await memberships.get(tx, group.id))) memberships.put(tx, group.id, { groups: [] })
  groups.put(tx, group.id, group)
  await noteExternal(tx, group)
  byName.put(names, named(group.name), { id: group.id })
  if (group.alias) {
    byAlias.put(tx, group.alias.id, { id: group.id })
    byFactors.put(names, calledAt(group.alias), { id: group.id })
  }
  const [before, after] = [old ? membersOf(old) : [], membersOf(group)]
  for (const member of before) if (!after.includes(member)) await leave(tx, member, group.id)
  for (const member of after) if (!before.includes(member)) await join(tx, member, group.id)
}

/** Deletes a group, and removes it from the groups that it is in. */
export async function deleteGroup(tx: Tx, group: Group): Promise<void> {
  await unname(tx, group)
  groups.delete(tx, group.id)
  await noteExternal(tx, { id: group.id, alias: undefined })
  for (const member of membersOf(group)) await leave(tx, member, group.id)
  await forgetMember(tx, group.id)
}

/** Removes a deleted entity or group from all groups. */
export async function forgetMember(tx: Tx, member: string): Promise<void> {
  const without = (ids: readonly string[]) => ids.filter(id => id !== member)
  for (const group of await directGroups(tx, member)) {
    const { memberEntities, memberGroups } = group
    groups.put(tx, group.id, {
      ...group,
      memberEntities: without(memberEntities),
      memberGroups: without(memberGroups),
    })
  }
  memberships.delete(tx, member)
}

/** Replaces an entity by another in all of its groups. */
export async function replaceMember(
  tx: Tx,
  { member, by, now }: { readonly member: string; readonly by: string; readonly now: Date },
): Promise<void> {
  for (const group of await directGroups(tx, member)) {
    const ids = group.memberEntities.map(id => (id === member ? by : id))
    const memberEntities = [...new Set(ids)]
    await putGroup(tx, { ...group, memberEntities, updatedAt: now.getTime() }, group)
  }
}

export async function groupOfAliasId(tx: Tx, id: string): Promise<Group | undefined> {
  const entry = id.includes('/') ? undefined : await byAlias.get(tx, id)
  return entry && findGroup(tx, entry.id)
}

export async function groupOfAlias(
  tx: Tx,
  alias: Pick<GroupAlias, 'mount' | 'name'>,
): Promise<Group | undefined> {
  const entry = await byFactors.get(await namesIn(tx), calledAt(alias))
  return entry && findGroup(tx, entry.id)
}

export const groupAliasIds = (tx: Tx): Promise<readonly string[]> => byAlias.list(tx)

/** The groups that have an entity or group as a direct member. */
export async function directGroups(tx: Tx, member: string): Promise<readonly Group[]> {
  const found: Group[] = []
  for (const id of (await memberships.get(tx, member))?.groups ?? []) {
    const group = await findGroup(tx, id)
    if (group) found.push(group)
  }
  return found
}

/** Like {@link directGroups}, for decisions about access. @throws {Missing} if a record was deleted from the storage */
export async function allDirectGroups(
  tx: Tx,
  { id, hasMembership }: Pick<Group, 'id' | 'hasMembership'>,
): Promise<readonly Group[]> {
  const membership = await memberships.get(tx, id)
  if (!membership && hasMembership) throw new Missing(`identity/member/${id}`, undefined)
  const found: Group[] = []
  for (const each of membership?.groups ?? []) {
    const group = await findGroup(tx, each)
    if (!group) throw new Missing(`identity/group/${each}`, undefined)
    found.push(group)
  }
  return found
}

/**
 * The groups that these groups are members of, directly or through other groups.
 * @param directOf finds the direct ones of one group
 */
export async function groupsAbove(
  tx: Tx,
  below: readonly Group[],
  directOf: typeof allDirectGroups = (_, { id }) => directGroups(tx, id),
): Promise<readonly Group[]> {
  const seen = new Map(below.map(group => [group.id, group]))
  // iterating over a map includes entries that are added meanwhile
  for (const member of seen.values())
    for (const group of await directOf(tx, member))
      if (!seen.has(group.id)) seen.set(group.id, group)
  return [...seen.values()].slice(below.length)
}

/** Makes an entity a member of exactly the external groups of a mount that the auth method has named. */
export async function setExternalGroups(
  tx: Tx,
  entity: string,
  { mount, names, now }: { mount: string; names: readonly string[]; now: Date },
): Promise<void> {
  const wanted = new Map<string, Group>()
  const unknown: string[] = []
  for (const name of names) {
    const group = await groupOfAlias(tx, { mount, name })
    if (group) wanted.set(group.id, group)
    else unknown.push(name)
  }
  await requireNoGroups(tx, mount, unknown)
  for (const group of await directGroups(tx, entity)) {
    if (group.alias?.mount !== mount || wanted.delete(group.id)) continue
    const memberEntities = group.memberEntities.filter(id => id !== entity)
    await putGroup(tx, { ...group, memberEntities, updatedAt: now.getTime() }, group)
  }
  for (const group of wanted.values()) {
    const memberEntities = [...group.memberEntities, entity]
    await putGroup(tx, { ...group, memberEntities, updatedAt: now.getTime() }, group)
  }
}

async function unname(tx: Tx, { name, alias }: Group): Promise<void> {
  const names = await namesIn(tx)
  byName.delete(names, named(name))
  if (!alias) return
  byAlias.delete(tx, alias.id)
  byFactors.delete(names, calledAt(alias))
}

async function join(tx: Tx, member: string, group: string): Promise<void> {
  const { groups: known = [] } = (await memberships.get(tx, member)) ?? {}
  memberships.put(tx, member, { groups: [...known.filter(id => id !== group), group] })
}

async function leave(tx: Tx, member: string, group: string): Promise<void> {
  const { groups: known = [] } = (await memberships.get(tx, member)) ?? {}
  const left = known.filter(id => id !== group)
  memberships.put(tx, member, { groups: left })
}

const membersOf = ({ memberEntities, memberGroups }: Group) => [...memberEntities, ...memberGroups]

const named = (name: string): Named => ({ text: requireText(name.toLowerCase()) })

const calledAt = ({ mount, name }: Pick<GroupAlias, 'mount' | 'name'>): Named => ({
  folder: `${encodeURIComponent(mount)}/`,
  text: requireText(name),
})

/** The indexes of names, and how to compute the name of an entry; undefined if its group is missing. */
export const groupNames = {
  byName,
  byAlias: byFactors,
  async namedOf(tx: Tx, id: string) {
    const group = await untampered(findGroup(tx, id))
    return group && [named(group.name)]
  },
  async calledOf(tx: Tx, id: string) {
    const group = await untampered(findGroup(tx, id))
    return group && (group.alias ? [calledAt(group.alias)] : [])
  },
}
