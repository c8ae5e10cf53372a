import { isList, isObject, type Json, type JsonObject } from '../envelope.ts'
import { textsOf } from '../print-init.ts'
import { objectOf } from '../secrets/secrets-list.ts'
import type { Alias, Entity, Group, Mount } from './snapshot.ts'
import type { SourceReader } from './source-reader.ts'
import { textOf } from './text-of.ts'

/** Reads the entities and groups. Ids become names, and accessors the paths of auth methods, since those are the same on every server. */
export async function readIdentity(
  reader: SourceReader,
  auths: readonly Mount[],
): Promise<{ readonly entities: readonly Entity[]; readonly groups: readonly Group[] }> {
  const mounts = new Map(auths.map(({ accessor, path }) => [accessor, path]))
  const entities = await reader.all('identity/entity/id')
  const groups = await reader.all('identity/group/id')
  const names = namesOf(entities)
  const groupNames = namesOf(groups)
  return {
    entities: byName([...entities.values()].map(data => entityOf(data, mounts))),
    groups: byName(
      [...groups.values()].map(data =>
        groupOf(data, { mounts, entities: names, groups: groupNames }),
      ),
    ),
  }
}

type Names = ReadonlyMap<string, string>

const namesOf = (found: ReadonlyMap<string, JsonObject>): Names =>
  new Map([...found].map(([id, { name }]) => [id, textOf(name)]))

const byName = <T extends { readonly name: string }>(items: readonly T[]): readonly T[] =>
  items.toSorted((a, b) => (a.name < b.name ? -1 : 1))

const entityOf = (data: JsonObject, mounts: Names): Entity => ({
  id: textOf(data.id),
  name: textOf(data.name),
  policies: [...textsOf(data.policies)].sort(),
  metadata: objectOf(data.metadata),
  disabled: data.disabled === true,
  aliases: objectsOf(data.aliases).map(alias => ({
    ...aliasOf(alias, mounts),
    customMetadata: objectOf(alias.custom_metadata),
  })),
})

function groupOf(
  data: JsonObject,
  { mounts, entities, groups }: { mounts: Names; entities: Names; groups: Names },
): Group {
  const alias = objectOf(data.alias)
  const named = (ids: Json | undefined, names: Names) =>
    textsOf(ids)
      .flatMap(id => names.get(id) ?? [])
      .sort()
  return {
    id: textOf(data.id),
    name: textOf(data.name),
    type: textOf(data.type) || 'internal',
    policies: [...textsOf(data.policies)].sort(),
    metadata: objectOf(data.metadata),
    members: named(data.member_entity_ids, entities),
    groups: named(data.member_group_ids, groups),
    alias: alias.name === undefined ? undefined : aliasOf(alias, mounts),
  }
}

/** An alias of an auth method that is no longer there has an accessor that no mount has; it is its own path then. */
const aliasOf = (data: JsonObject, mounts: Names): Omit<Alias, 'customMetadata'> => ({
  id: textOf(data.id),
  name: textOf(data.name),
  mount: mounts.get(textOf(data.mount_accessor)) ?? textOf(data.mount_accessor),
})

const objectsOf = (value: Json | undefined): readonly JsonObject[] =>
  value !== undefined && value !== null && isList(value) ? value.filter(isObject) : []
