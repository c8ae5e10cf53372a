import { string } from '../../../shared/field.ts'
import { splitList } from '../../../shared/split-list.ts'
import { command } from '../command.ts'
import { isList, isObject, type JsonObject } from '../envelope.ts'
import { EXIT, Failure } from '../failure.ts'
import { trimPath } from '../path.ts'
import { dataOf } from '../reply.ts'
import { MOUNT, MOUNT_ALIAS } from '../ssh/mount-flag.ts'

export const rolesList = command({
  name: 'roles list',
  summary: 'List the roles that you may use, for whom and where',
  usage: '[options]',
  text: `
Lists the roles whose credentials you may request, with the users and hosts that they are for. With sudo on ssh/explain, lists all roles, and whether you may use them.

    $ postern roles list

Those of somebody else, which requires sudo on ssh/explain:

    $ postern roles list -as=ann

"postern roles explain" tells more of one role, "postern can" judges one login.`,
  flags: {
    as: string({
      description: 'Whom to judge for: name or id of an entity, or its name in an auth method.',
      default: '',
    }),
    ...MOUNT,
  },
  aliases: MOUNT_ALIAS,
  names: { flags: { mount: 'mount' } },
  arguments: [0, 0],
  prints: 'field',
  async run({ flags: { as, mount }, print, connect }) {
    const path = `${trimPath(mount)}/explain`
    const what = `Error listing roles at ${path}`
    const { roles } = await dataOf(
      what,
      connect({ wrapTtl: undefined }).write(path, as ? { as } : {}),
    )
    if (roles === undefined || !isList(roles) || !roles.every(isObject))
      throw new Failure(`${what}: unexpected response of the server: it has no roles`, EXIT.server)
    if (roles.length === 0 && print.format === 'table') print.note(NONE)
    else await print.records(roles.map(recordOf), COLUMNS, 'role')
    return EXIT.ok
  },
})

const NONE = 'No role whose credentials you may ask for. Ask an administrator for a policy.'

const COLUMNS = {
  Role: 'name',
  Type: 'key_type',
  Allowed: 'allowed',
  Users: 'users',
  Hosts: 'where',
}

/** A role as it is listed: what it gives is beside its name. */
function recordOf({ role, key_type: type, allowed, path, gives }: JsonObject): JsonObject {
  const given = isObject(gives) ? gives : {}
  const texts = (...names: readonly string[]) =>
    [...new Set(names.flatMap(name => splitList(`${given[name] ?? ''}`)))].join(', ')
  const where = texts('cidr_list', 'hosts', 'host_groups', 'allowed_domains')
  return {
    ...{ name: role ?? '', key_type: type ?? '', allowed: allowed ?? false, path: path ?? '' },
    users: texts('default_user', 'allowed_users'),
    where: where || (type === 'ca' ? 'any that trusts the CA' : ''),
    gives: given,
  }
}
