import { string } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { isList, isObject, type JsonObject } from '../envelope.ts'
import { EXIT, Failure } from '../failure.ts'
import { trimPath } from '../path.ts'
import { dataOf } from '../reply.ts'
import { MOUNT, MOUNT_ALIAS } from '../ssh/mount-flag.ts'
import { fieldText, valueText } from '../value-text.ts'

export const rolesExplain = command({
  name: 'roles explain',
  summary: 'Show what a role gives, to whom, and why not',
  usage: '[options] ROLE',
  text: `
Prints what a role gives: to which users, on which hosts, for how long; whether you may have it, and by which policies. With sudo on ssh/explain, also all policies that give it.

What you get from a role; you need no policy for it but that for its credentials:

    $ postern roles explain web

What somebody else gets, which requires sudo on ssh/explain:

    $ postern roles explain -as=ann web

"postern can" judges one login on one host. Exits with 1 if the role gives nothing.`,
  flags: {
    as: string({
      description: 'Whom to judge for: name or id of an entity, or its name in an auth method.',
      default: '',
    }),
    ...MOUNT,
  },
  aliases: MOUNT_ALIAS,
  names: { arguments: ['role'], flags: { mount: 'mount' } },
  arguments: [1, 1],
  prints: 'field',
  async run({ args: [role = ''], flags: { as, mount }, print, connect }) {
    const path = `${trimPath(mount)}/explain`
    const what = `Error explaining the role at ${path}`
    const body = { role: role.trim(), ...(as && { as }) }
    const { roles } = await dataOf(what, connect({ wrapTtl: undefined }).write(path, body))
    const told = roles !== undefined && isList(roles) ? roles[0] : undefined
    if (!isObject(told) || typeof told.allowed !== 'boolean')
      throw new Failure(`${what}: unexpected response of the server: it has no role`, EXIT.server)
    const rows = [...rowsOf(told), ...(isObject(told.gives) ? rowsOf(told.gives) : [])]
    await print.map(told, 'role', rows)
    return told.allowed ? EXIT.ok : EXIT.local
  },
})

const rowsOf = (told: JsonObject) =>
  Object.entries(told)
    .filter(([key]) => key !== 'gives')
    .map(([key, value]) => [
      key,
      isList(value) ? value.map(valueText).join(', ') : fieldText(key, value),
    ])
