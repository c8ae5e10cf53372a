import { counted } from '../../../shared/counted.ts'
import type { JsonObject } from '../envelope.ts'
import { membersFirst } from '../snapshot/members-first.ts'
import type { Alias, Entity, Group } from '../snapshot/snapshot.ts'
import { textOf } from '../snapshot/text-of.ts'
import type { Import } from './import-parts.ts'
import { requireId } from './target-ids.ts'

/** Plans entities with their aliases, then groups. */
export function planIdentity(parts: Import): void {
  for (const entity of parts.source.entities) {
    planEntity(parts, entity)
    for (const alias of entity.aliases) planAlias(parts, entity, alias)
  }
  // members that could not be read would be taken for removed
  if (parts.source.unreadable.some(path => path.startsWith('identity/')))
    return void leaveGroups(parts)
  for (const group of membersFirst(parts.source.groups)) {
    planGroup(parts, group)
    if (group.alias) planGroupAlias(parts, group, group.alias)
  }
}

function leaveGroups({ source, builder }: Import): void {
  if (source.groups.length > 0)
    builder.leave({
      what: counted(source.groups.length, 'group'),
      reason: 'their members could not all be read',
      remedy: 'allow the token for the source to read identity/*',
    })
}

function planEntity({ target, ids, builder }: Import, entity: Entity): void {
  const { name } = entity
  const present = target.entities.find(each => each.name === name)
  const after = shownEntity(entity)
  builder.compare({
    path: `identity/entity ${name}`,
    before: present && shownEntity(present),
    after,
    async perform(client) {
      const id = ids.entities.get(name)
      const reply = await client.write('identity/entity', { ...after, name, ...(id && { id }) })
      if (!id) ids.entities.set(name, textOf(reply?.data?.id))
    },
  })
}

const shownEntity = ({ policies, metadata, disabled }: Entity): JsonObject => ({
  policies,
  metadata,
  disabled,
})

function planAlias({ target, ids, builder, source }: Import, entity: Entity, alias: Alias): void {
  const path = `identity/entity-alias ${alias.name} at auth/${alias.mount}`
  if (!hasMount({ source, target }, alias.mount))
    return void builder.leave(withoutMount(path, alias.mount))
  const present = target.entities
    .find(({ name }) => name === entity.name)
    ?.aliases.find(each => each.name === alias.name && each.mount === alias.mount)
  const { customMetadata } = alias
  builder.compare({
    path,
    before: present && { entity: entity.name, custom_metadata: present.customMetadata },
    after: { entity: entity.name, custom_metadata: customMetadata },
    async perform(client) {
      await client.write('identity/entity-alias', {
        name: alias.name,
        canonical_id: requireId(ids.entities, entity.name),
        mount_accessor: requireId(ids.accessors, alias.mount),
        custom_metadata: customMetadata,
      })
    },
  })
}

/** Whether the target has, or will have, the auth method. */
const hasMount = ({ source, target }: Pick<Import, 'source' | 'target'>, mount: string): boolean =>
  [...source.authMounts, ...target.authMounts].some(({ path }) => path === mount)

const withoutMount = (what: string, mount: string) => ({
  what,
  reason: `the target will have no auth method at auth/${mount}`,
  remedy: 'nothing, if its users log in with another method; else give the entity an alias there',
})

function planGroup({ target, ids, builder }: Import, group: Group): void {
  const { name, type } = group
  const present = target.groups.find(each => each.name === name)
  const after = shownGroup(group)
  builder.compare({
    path: `identity/group ${name}`,
    before: present && shownGroup(present),
    after,
    async perform(client) {
      const id = ids.groups.get(name)
      const members = {
        member_entity_ids: group.members.map(each => requireId(ids.entities, each)),
        member_group_ids: group.groups.map(each => requireId(ids.groups, each)),
      }
      const { policies, metadata } = group
      const body = {
        name,
        type,
        policies,
        metadata,
        ...(id && { id }),
        ...(type === 'internal' && members),
      }
      const reply = await client.write('identity/group', body)
      if (!id) ids.groups.set(name, textOf(reply?.data?.id))
    },
  })
}

/** The members of an external group follow from logins. */
const shownGroup = ({ type, policies, metadata, members, groups }: Group): JsonObject => ({
  type,
  policies,
  metadata,
  ...(type === 'internal' && { members, groups }),
})

function planGroupAlias(
  { source, target, ids, builder }: Import,
  { name }: Group,
  alias: NonNullable<Group['alias']>,
): void {
  const path = `identity/group-alias ${alias.name} at auth/${alias.mount}`
  if (!hasMount({ source, target }, alias.mount))
    return void builder.leave(withoutMount(path, alias.mount))
  const present = target.groups.find(each => each.name === name)?.alias
  const isSame = present?.name === alias.name && present.mount === alias.mount
  builder.compare({
    path,
    before: isSame ? { group: name } : undefined,
    after: { group: name },
    async perform(client) {
      await client.write('identity/group-alias', {
        name: alias.name,
        mount_accessor: requireId(ids.accessors, alias.mount),
        canonical_id: requireId(ids.groups, name),
      })
    },
  })
}
