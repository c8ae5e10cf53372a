import { string, type Values } from '../../shared/field.ts'
import { endpoint } from '../api/endpoint.ts'
import { ApiError } from '../api/errors.ts'
import type { Tx } from '../storage/transact.ts'
import { aliasOf, entityOfName, findAlias, findEntity } from './entities.ts'
import { shown } from './entity-paths.ts'
import { shownGroup } from './group-paths.ts'
import { findGroup, groupOfAlias, groupOfAliasId, groupOfName } from './groups.ts'
import type { MountOf } from './view.ts'

const fields = {
  id: string({ default: '', description: 'Id of the entity or group.' }),
  name: string({ default: '', description: 'Name of the entity or group.' }),
  alias_id: string({ default: '', description: 'Id of an alias.' }),
  alias_name: string({
    default: '',
    description: 'Name of an alias. Requires alias_mount_accessor.',
  }),
  alias_mount_accessor: string({
    default: '',
    description: 'Accessor of the mount of the alias. Requires alias_name.',
  }),
}

type LookupFields = Values<typeof fields>

/** `lookup`: finds an entity or group by one of its names or ids. Contract §4.10. */
export const lookupPaths = (mountOf: MountOf) => [
  endpoint({
    path: 'lookup/entity',
    summary: 'Looks up an entity.',
    description:
      'Finds it by its id, its name, the id of an alias, or the name and mount of an alias.',
    fields,
    operations: {
      update: async function lookUpEntity(given, { tx }) {
        requireOne(given)
        const entity = await entityOf(tx, given)
        return entity && shown(tx, entity, mountOf)
      },
    },
  }),
  endpoint({
    path: 'lookup/group',
    summary: 'Looks up a group.',
    description:
      'Finds it by its id, its name, the id of its alias, or the name and mount of its alias.',
    fields,
    operations: {
      update: async function lookUpGroup(given, { tx }) {
        requireOne(given)
        const group = await groupOf(tx, given)
        return group && shownGroup(tx, group, mountOf)
      },
    },
  }),
]

async function entityOf(tx: Tx, given: LookupFields) {
  if (given.id !== '') return findEntity(tx, given.id)
  if (given.name !== '') return entityOfName(tx, given.name)
  const alias =
    given.alias_id === ''
      ? await aliasOf(tx, given.alias_mount_accessor, given.alias_name)
      : await findAlias(tx, given.alias_id)
  return alias && findEntity(tx, alias.entity)
}

async function groupOf(tx: Tx, given: LookupFields) {
  if (given.id !== '') return findGroup(tx, given.id)
  if (given.name !== '') return groupOfName(tx, given.name)
  if (given.alias_id !== '') return groupOfAliasId(tx, given.alias_id)
  return groupOfAlias(tx, { mount: given.alias_mount_accessor, name: given.alias_name })
}

/** @throws {ApiError} invalid, unless exactly one way to look up is given */
function requireOne({ id, name, alias_id, alias_name, alias_mount_accessor }: LookupFields): void {
  if ((alias_name === '') !== (alias_mount_accessor === ''))
    throw new ApiError(
      'invalid',
      "both 'alias_name' and 'alias_mount_accessor' must be set when either is set",
    )
  const given = [id, name, alias_id, alias_name].filter(each => each !== '').length
  if (given === 0) throw new ApiError('invalid', 'query parameter not supplied')
  if (given > 1)
    throw new ApiError(
      'invalid',
      'query parameter conflict; please supply distinct set of query parameters',
    )
}
