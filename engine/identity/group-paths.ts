import { list, name, pairs, rest, string, type Values } from '../../shared/field.ts'
import type { Call } from '../api/call.ts'
import { endpoint } from '../api/endpoint.ts'
import { ApiError } from '../api/errors.ts'
import type { Reply } from '../api/reply.ts'
import { requireAny, requireFound } from '../api/require-found.ts'
import type { Tx } from '../storage/transact.ts'
import { findEntity } from './entities.ts'
import type { Group } from './group.ts'
import {
  deleteGroup,
  directGroups,
  findGroup,
  groupIds,
  groupOfName,
  groupsAbove,
  newGroup,
  putGroup,
} from './groups.ts'
import {
  describeGroupAlias,
  describePlace,
  describeTimes,
  type MountOf,
  policyNames,
} from './view.ts'

const settings = {
  type: string({
    description:
      '"internal", or "external" for a group whose members an auth method determines. Defaults to "internal".',
  }),
  metadata: pairs({ description: 'Metadata of the group, which templates can use.' }),
  policies: list({ description: 'Policies that all tokens of the members have.' }),
  member_entity_ids: list({ description: 'Ids of the entities in the group.' }),
  member_group_ids: list({
    description: 'Ids of the groups in the group; their members are members too.',
  }),
}

const fields = {
  id: string({ default: '', description: 'Id of an existing group to change.' }),
  name: string({ default: '', description: 'Name of the group.' }),
  ...settings,
}

type GroupFields = Values<typeof fields>

/** `group`. Contract §4.10. */
export const groupPaths = (mountOf: MountOf) => [
  endpoint({
    path: 'group',
    summary: 'Creates or changes a group.',
    description: 'Members of a group have its policies and those of the groups that it is in.',
    fields,
    operations: {
      update: async function writeGroup(given, call) {
        if (given.id === '') return write(await groupOfName(call.tx, given.name), given, call)
        return write(await known(call.tx, given.id), given, call)
      },
    },
  }),
  endpoint({
    path: 'group/id',
    summary: 'Lists the groups by id.',
    description: 'Returns the ids, and the name of each.',
    fields: {},
    operations: {
      list: function listGroupIds(_, { tx }) {
        return listed(tx, mountOf, group => group.id)
      },
    },
  }),
  endpoint({
    path: 'group/id/:id',
    summary: 'Reads, changes or deletes a group by id.',
    description: 'When a group is deleted, its members lose its policies at once.',
    fields: { ...fields, id: name({ default: '', description: 'Id of the group.' }) },
    operations: {
      update: async function writeGroupById(given, call) {
        return write(await known(call.tx, given.id), given, call)
      },
      read: async function readGroupById({ id }, { tx }) {
        return shownGroup(tx, await findGroup(tx, id), mountOf)
      },
      delete: async function deleteGroupById({ id }, { tx }) {
        return remove(tx, await findGroup(tx, id))
      },
    },
  }),
  endpoint({
    path: 'group/name',
    summary: 'Lists the groups by name.',
    description: 'Returns the names, and the name of each.',
    fields: {},
    operations: {
      list: function listGroupNames(_, { tx }) {
        return listed(tx, mountOf, group => group.name)
      },
    },
  }),
  endpoint({
    path: 'group/name/:name',
    anyCase: true,
    summary: 'Creates, reads, changes or deletes a group by name.',
    description: 'When a group is deleted, its members lose its policies at once.',
    fields: { ...settings, name: rest({ default: '', description: 'Name of the group.' }) },
    operations: {
      update: async function writeGroupByName(given, call) {
        return write(await groupOfName(call.tx, given.name), { ...given, id: '' }, call)
      },
      read: async function readGroupByName({ name: asked }, { tx }) {
        return shownGroup(tx, await groupOfName(tx, asked), mountOf)
      },
      delete: async function deleteGroupByName({ name: asked }, { tx }) {
        return remove(tx, await groupOfName(tx, asked))
      },
    },
  }),
]

async function known(tx: Tx, id: string): Promise<Group> {
  const group = await findGroup(tx, id)
  if (!group) throw new ApiError('invalid', 'invalid group ID')
  return group
}

async function write(
  old: Group | undefined,
  given: GroupFields,
  { tx, now }: Call,
): Promise<Reply | undefined> {
  const start = old ?? newGroup(now)
  const policies = policyNames(given.policies ?? start.policies)
  const named = given.name === '' ? undefined : await groupOfName(tx, given.name)
  if (named && named.id !== start.id) throw new ApiError('invalid', 'group name is already in use')
  const group: Group = {
    ...start,
    policies,
    type: typeOf(old, given.type),
    name: given.name || start.name,
    metadata: given.metadata ?? start.metadata,
    memberEntities: [...new Set(given.member_entity_ids ?? start.memberEntities)],
    memberGroups: [...new Set(given.member_group_ids ?? start.memberGroups)],
    updatedAt: now.getTime(),
  }
  await requireMembers(tx, group, given)
  await putGroup(tx, group, old)
  return old ? undefined : { data: { id: group.id, name: group.name } }
}

function typeOf(old: Group | undefined, wanted: string = old?.type ?? 'internal'): Group['type'] {
  if (old && wanted !== old.type) throw new ApiError('invalid', 'group type cannot be changed')
  if (wanted !== 'internal' && wanted !== 'external')
    throw new ApiError('invalid', `invalid group type ${JSON.stringify(wanted)}`)
  return wanted
}

async function requireMembers(tx: Tx, group: Group, given: GroupFields): Promise<void> {
  if (group.type === 'external') {
    if (given.member_entity_ids)
      throw new ApiError('invalid', "member entities can't be set manually for external groups")
    if (given.member_group_ids)
      throw new ApiError('invalid', "member groups can't be set for external groups")
  }
  for (const id of given.member_entity_ids ?? [])
    if (!(await findEntity(tx, id)))
      throw new ApiError('invalid', `invalid entity ID ${JSON.stringify(id)}`)
  for (const id of given.member_group_ids ?? [])
    if (id !== group.id && !(await findGroup(tx, id)))
      throw new ApiError('invalid', `invalid member group ID ${JSON.stringify(id)}`)
  const above = [group.id, ...(await groupsAbove(tx, [group])).map(each => each.id)]
  const circle = group.memberGroups.find(id => above.includes(id))
  if (circle)
    throw new ApiError('invalid', `cyclic relationship detected for member group ID "${circle}"`)
}

/** The reply that shows a group. @throws {ApiError} missing, if there is none */
export async function shownGroup(
  tx: Tx,
  found: Group | undefined,
  mountOf: MountOf,
): Promise<Reply> {
  const group = requireFound(found)
  return {
    data: {
      id: group.id,
      name: group.name,
      type: group.type,
      metadata: group.metadata,
      policies: [...group.policies].sort(),
      member_entity_ids: [...group.memberEntities].sort(),
      member_group_ids: [...group.memberGroups].sort(),
      parent_group_ids: (await directGroups(tx, group.id)).map(each => each.id),
      alias: group.alias ? describeGroupAlias(group.alias, group, mountOf) : {},
      modify_index: 1,
      ...describeTimes(group),
      namespace_id: 'root',
    },
  }
}

async function remove(tx: Tx, group: Group | undefined): Promise<undefined> {
  if (group) await deleteGroup(tx, group)
}

async function listed(tx: Tx, mountOf: MountOf, key: (group: Group) => string): Promise<Reply> {
  const keys: string[] = []
  const info: Record<string, object> = {}
  for (const id of await groupIds(tx)) {
    const group = await findGroup(tx, id)
    if (!group) continue
    keys.push(key(group))
    info[id] = {
      name: group.name,
      num_member_entities: group.memberEntities.length,
      num_parent_groups: (await directGroups(tx, id)).length,
      ...(group.alias && {
        alias: {
          id: group.alias.id,
          name: group.alias.name,
          ...describePlace(group.alias.mount, mountOf),
        },
      }),
    }
  }
  return { data: { keys: requireAny(keys.sort()), key_info: info } }
}
