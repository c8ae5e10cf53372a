import { membersFirst } from '../snapshot/members-first.ts'
import type { Entity, Group, Snapshot } from '../snapshot/snapshot.ts'
import type { Reference, Value } from './hcl-text.ts'
import { type Resources, saying } from './resources.ts'

type References = ReadonlyMap<string, Reference>

/**
 * Adds entities with their aliases, and groups.
 * @param accessors references to the accessors of auth methods, by their paths
 */
export function addIdentity(
  resources: Resources,
  { entities, groups }: Pick<Snapshot, 'entities' | 'groups'>,
  accessors: References,
): void {
  const ids = new Map(
    entities.map(entity => [entity.name, addEntity(resources, entity, accessors)]),
  )
  const groupIds = new Map<string, Reference>()
  for (const group of membersFirst(groups))
    groupIds.set(group.name, addGroup(resources, group, { ids, groupIds, accessors }))
}

function addEntity(resources: Resources, entity: Entity, accessors: References): Reference {
  const { name, id, policies, metadata, disabled, aliases } = entity
  const own = resources.add({
    type: 'vault_identity_entity',
    name: [name],
    id,
    attributes: { name, ...saying({ policies, metadata, disabled }) },
  })
  for (const alias of aliases)
    resources.add({
      type: 'vault_identity_entity_alias',
      name: [alias.mount, alias.name],
      id: alias.id,
      attributes: {
        name: alias.name,
        mount_accessor: accessors.get(alias.mount) ?? alias.mount,
        canonical_id: own('id'),
        ...saying({ custom_metadata: alias.customMetadata }),
      },
    })
  return own('id')
}

interface Known {
  readonly ids: References
  readonly groupIds: References
  readonly accessors: References
}

function addGroup(
  resources: Resources,
  group: Group,
  { ids, groupIds, accessors }: Known,
): Reference {
  const { name, id, type, policies, metadata, members, groups, alias } = group
  const own = resources.add({
    type: 'vault_identity_group',
    name: [name],
    id,
    attributes: {
      name,
      type,
      ...saying({ policies, metadata }),
      ...(members.length > 0 && { member_entity_ids: referencesTo(members, ids) }),
      ...(groups.length > 0 && { member_group_ids: referencesTo(groups, groupIds) }),
    },
  })
  if (alias)
    resources.add({
      type: 'vault_identity_group_alias',
      name: [alias.mount, alias.name],
      id: alias.id,
      attributes: {
        name: alias.name,
        mount_accessor: accessors.get(alias.mount) ?? alias.mount,
        canonical_id: own('id'),
      },
    })
  return own('id')
}

const referencesTo = (names: readonly string[], ids: References): Value =>
  names.flatMap(name => ids.get(name) ?? [])
