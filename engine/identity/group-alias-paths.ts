import { randomUUID } from 'node:crypto'
import { name, string, type Values } from '../../shared/field.ts'
import type { Call } from '../api/call.ts'
import { endpoint } from '../api/endpoint.ts'
import { ApiError } from '../api/errors.ts'
import type { Reply } from '../api/reply.ts'
import { requireAny } from '../api/require-found.ts'
import type { Tx } from '../storage/transact.ts'
import { requireMount } from './alias-paths.ts'
import type { Group } from './group.ts'
import {
  findGroup,
  groupAliasIds,
  groupOfAlias,
  groupOfAliasId,
  newGroup,
  putGroup,
} from './groups.ts'
import { describeGroupAlias, type MountOf } from './view.ts'

const fields = {
  id: string({ default: '', description: 'Id of an existing alias to change.' }),
  name: string({ default: '', description: 'Name of the group in the auth method.' }),
  mount_accessor: string({ default: '', description: 'Accessor of the mount of the auth method.' }),
  canonical_id: string({
    default: '',
    description: 'Id of the external group. If not set, a new group is created.',
  }),
}

type GroupAliasFields = Values<typeof fields>

/** `group-alias`: names of groups in auth methods. */
export const groupAliasPaths = (mountOf: MountOf) => [
  endpoint({
    path: 'group-alias',
    summary: 'Creates or changes the alias of an external group.',
    description:
      'An entity that logs in with the auth method and is in the group with this name there is a member of the external group until its next login.',
    fields,
    operations: {
      update: function writeGroupAlias(given, call) {
        return write(given, call, mountOf)
      },
    },
  }),
  endpoint({
    path: 'group-alias/id',
    summary: 'Lists the group aliases by id.',
    description: 'Returns the ids, and the name and group of each.',
    fields: {},
    operations: {
      list: function listGroupAliases(_, { tx }) {
        return listed(tx, mountOf)
      },
    },
  }),
  endpoint({
    path: 'group-alias/id/:id',
    summary: 'Reads, changes or deletes the alias of a group.',
    description: 'Deleting the alias does not delete the group.',
    fields: { ...fields, id: name({ default: '', description: 'Id of the alias.' }) },
    operations: {
      update: function updateGroupAlias(given, call) {
        return write(given, call, mountOf)
      },
      read: async function readGroupAlias({ id }, { tx }) {
        const group = await groupOfAliasId(tx, id)
        if (!group?.alias) throw new ApiError('missing')
        return { data: describeGroupAlias(group.alias, group, mountOf) }
      },
      delete: async function deleteGroupAlias({ id }, { tx }) {
        const group = await groupOfAliasId(tx, id)
        if (group) await putGroup(tx, { ...group, alias: undefined }, group)
        return undefined
      },
    },
  }),
]

async function write(given: GroupAliasFields, { tx, now }: Call, mountOf: MountOf): Promise<Reply> {
  const { name: called, mount_accessor: mount } = given
  if (called === '') throw new ApiError('invalid', 'missing alias name')
  if (mount === '') throw new ApiError('invalid', 'missing mount_accessor')
  requireMount(mountOf, mount)
  const holder = await holderOf(tx, given)
  const target = (await targetOf(tx, given)) ?? holder
  const taken = await groupOfAlias(tx, { mount, name: called })
  if (taken && taken.id !== holder?.id)
    throw new ApiError('invalid', 'combination of mount and group alias name is already in use')
  const at = now.getTime()
  const { id, createdAt } = holder?.alias ?? { id: randomUUID(), createdAt: at }
  if (holder && holder.id !== target?.id)
    await putGroup(tx, { ...holder, alias: undefined }, holder)
  const group = target ?? { ...newGroup(now), type: 'external' as const }
  const alias = { id, name: called, mount, createdAt, updatedAt: at }
  await putGroup(tx, { ...group, alias, updatedAt: at }, target)
  return { data: { id, canonical_id: group.id } }
}

/** The group that has the alias now. */
async function holderOf(tx: Tx, { id, name: called, mount_accessor: mount }: GroupAliasFields) {
  if (id === '') return groupOfAlias(tx, { mount, name: called })
  const holder = await groupOfAliasId(tx, id)
  if (!holder) throw new ApiError('invalid', 'invalid group alias ID')
  return holder
}

/** The group that will have it. */
async function targetOf(
  tx: Tx,
  { canonical_id: wanted }: GroupAliasFields,
): Promise<Group | undefined> {
  if (wanted === '') return undefined
  const group = await findGroup(tx, wanted)
  if (!group) throw new ApiError('invalid', "invalid group ID given in 'canonical_id'")
  if (group.type !== 'external')
    throw new ApiError('invalid', "alias can't be set on an internal group")
  return group
}

async function listed(tx: Tx, mountOf: MountOf): Promise<Reply> {
  const keys = requireAny(await groupAliasIds(tx))
  const info: Record<string, object> = {}
  for (const id of keys) {
    const group = await groupOfAliasId(tx, id)
    if (group?.alias) info[id] = describeGroupAlias(group.alias, group, mountOf)
  }
  return { data: { keys, key_info: info } }
}
