import { string } from '../../../shared/field.ts'
import type { Client } from '../client.ts'
import { command } from '../command.ts'
import { isObject, type Json, type JsonObject } from '../envelope.ts'
import { EXIT, Failure } from '../failure.ts'
import { trimPath } from '../path.ts'
import type { Printer } from '../print.ts'
import { dataOf } from '../reply.ts'
import { valueText } from '../value-text.ts'
import { bindingsFor } from './binding.ts'
import { findTarget, type Target } from './target.ts'

export const can = command({
  name: 'can',
  summary: 'Show who would get a credential for a login, and why not',
  usage: '[options] [user@]host',
  text: `
Prints, for each role, whether it gives a credential for the login, or the first rule that refuses it. Nothing is issued. Exits with 0 if one role does, with 1 if none does.

What you would get yourself; you need no policy for it:

    $ postern can ubuntu@10.1.2.3

What somebody else would get, which requires sudo on ssh/explain:

    $ postern can -as=ann ubuntu@web-1

Of one role, for a program:

    $ postern can -format=json -role=web ubuntu@10.1.2.3

Whether sshd lets the user in afterwards, the engine does not know.`,
  flags: {
    role: string({ description: 'Name of the only role to judge.', default: '' }),
    as: string({
      description: 'Whom to judge for: name or id of an entity, or its name in an auth method.',
      default: '',
    }),
    'mount-point': string({ description: 'Path of the SSH secrets engine.', default: 'ssh' }),
    'ssh-executable': string({
      description: 'The ssh program whose configuration is read for aliases of hosts.',
      default: 'ssh',
    }),
  },
  aliases: { mount: 'mount-point' },
  arguments: [1, 1],
  names: { arguments: ['login'], flags: { role: 'role', 'mount-point': 'mount' } },
  prints: 'format',
  async run({ args, flags, io, print, connect }) {
    const program = { executable: flags['ssh-executable'], environment: io.environment }
    const target = await findTarget(program, args)
    const bindings = bindingsFor(target, { host: undefined, naming: undefined })
    if (bindings.length === 0) throw target.unresolved
    const { role, as } = flags
    const login = { username: target.user, ...(role && { role }), ...(as && { as }) }
    const path = `${trimPath(flags['mount-point'])}/explain`
    const client = connect({ wrapTtl: undefined })
    const answers: Explained[] = []
    for (const binding of bindings)
      answers.push(await explained(client, path, { ...login, ...binding }))
    const told = mergedOf(answers)
    const allowed = told.some(each => each.allowed === true)
    const data = { allowed, roles: told }
    const rows = told.map(each => [textOf(each.role), textOf(each.key_type), ...outcomeOf(each)])
    if (rows.length > 0 || print.format !== 'table')
      await print.rows(data, ['Role', 'Type', 'Credential', 'Because'], rows)
    else print.note('No role whose credentials you may ask for. Ask an administrator for a policy.')
    if (!allowed && print.format === 'table')
      adviseOn(told, { target, as, typed: args[0] ?? '' }, print)
    return allowed ? EXIT.ok : EXIT.local
  },
})

type Explained = readonly JsonObject[]

interface Asked {
  readonly target: Target
  readonly as: string
  /** The login as it was typed. */
  readonly typed: string
}

/** Says what of the question itself may be why nothing is given. */
function adviseOn(told: Explained, { target, as, typed }: Asked, print: Printer): void {
  if (!typed.includes('@') && told.some(({ refused_by: by }) => by === 'role'))
    print.note(`This was for the user "${target.user}". To name another: user@${target.host}.`)
  if (as !== '' && told.some(({ refused_by: by }) => by === 'policy'))
    print.note(
      'The policies are those of the entity, of its groups, and "default". Those that only the auth method gives, such as token_policies of a user, are not among them.',
    )
}

async function explained(client: Client, path: string, body: JsonObject): Promise<Explained> {
  const what = `Error explaining the login at ${path}`
  const { roles } = await dataOf(what, client.write(path, body))
  if (isExplained(roles)) return roles
  throw new Failure(`${what}: unexpected response of the server: it has no roles`, EXIT.server)
}

const isExplained = (roles: Json | undefined): roles is Explained =>
  Array.isArray(roles) && roles.every(role => isObject(role) && typeof role.role === 'string')

/** One answer for each role: that it allows one of the names and addresses of the host, or why it refuses the first. */
function mergedOf(answers: readonly Explained[]): Explained {
  const byRole = Map.groupBy(answers.flat(), ({ role }) => textOf(role))
  return [...byRole.values()].flatMap(alike => {
    const best = alike.find(({ allowed }) => allowed === true) ?? alike[0]
    return best ? [best] : []
  })
}

const outcomeOf = ({ allowed, username, policies, refused_by: by, reason }: JsonObject) =>
  allowed === true
    ? [`yes, for ${textOf(username)}`, `policies ${textOf(policies)}`]
    : ['no', `${textOf(by)}: ${textOf(reason)}`]

const textOf = (value: Json | undefined): string =>
  value === undefined || value === null ? '' : valueText(value)
