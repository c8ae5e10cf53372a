import { string } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { parseData } from '../data.ts'
import { isObject, type Json, type JsonObject } from '../envelope.ts'
import { EXIT, Failure } from '../failure.ts'
import { trimPath } from '../path.ts'
import { textsOf } from '../print-init.ts'
import { dataOf } from '../reply.ts'
import { stdinOf } from '../stdin.ts'
import { readPolicyFile } from './policy-file.ts'

/** The commands that make requests, and how policies call what they do. */
const OPERATIONS = new Map([
  ['read', 'read'],
  ['list', 'list'],
  ['write', 'update'],
  ['delete', 'delete'],
])

export const policyTest = command({
  name: 'policy test',
  summary: 'Show whether a request would be allowed, and by which stanza',
  usage: '[options] read|write|list|delete PATH [K=V...]',
  text: `
Judges a request as the server would, without making it: whether it is allowed, and which stanza of which policies decides. The words are those of the command that would make it. Exits with 0 if it is allowed, with 1 if not.

Whether you may get a password for a host:

    $ postern policy test write ssh/creds/web ip=10.1.2.3

Whether another token may, by its accessor:

    $ postern policy test -token-accessor=9793c9b3-e04a read ssh/roles/web

Whether a policy would allow it, before it is written:

    $ postern policy test -policy=ops.hcl write ssh/creds/ops ip=10.1.2.3

For another token or a policy, you need sudo on sys/policies/test. A policy is judged alone, without "default".`,
  flags: {
    'token-accessor': string({ description: 'Accessor of the token to judge.', default: '' }),
    policy: string({
      description: 'File with the policy to judge, in place of a token.',
      default: '',
    }),
  },
  arguments: [2, Infinity],
  prints: 'field',
  async run({ args: [verb = '', typed = '', ...pairs], flags, print, connect, ...call }) {
    const operation = OPERATIONS.get(verb)
    if (operation === undefined)
      throw new Failure(
        `${JSON.stringify(verb)} is no command that makes a request: write ${[...OPERATIONS.keys()].join(', ')}, and then the path`,
      )
    const { 'token-accessor': accessor, policy: file } = flags
    const body = {
      path: trimPath(typed),
      operation,
      data: await parseData(pairs, stdinOf(call)),
      ...(accessor && { accessor: accessor.trim() }),
      ...(file && { policy: await readPolicyFile(file) }),
    }
    const client = connect({ wrapTtl: undefined })
    const told = await dataOf('Error testing the policies', client.write('sys/policies/test', body))
    if (typeof told.allowed !== 'boolean')
      throw new Failure(
        'Error testing the policies: unexpected response of the server: it does not say whether it is allowed',
        EXIT.server,
      )
    await print.map(told, 'answer', rowsOf(told))
    return told.allowed ? EXIT.ok : EXIT.local
  },
})

function rowsOf({ allowed, stanza, reason, policies }: JsonObject): readonly (readonly string[])[] {
  const rule = isObject(stanza) ? stanza : undefined
  return [
    ['Allowed', allowed === true ? 'yes' : 'no'],
    ...(typeof reason === 'string' ? [['Because', reason]] : []),
    ...(rule ? [['Stanza', `path ${JSON.stringify(rule.path)}`]] : []),
    ...(rule ? [['Capabilities', joined(rule.capabilities)]] : []),
    ['Policies', joined(rule?.policies ?? policies)],
  ]
}

const joined = (texts: Json | undefined) => textsOf(texts ?? []).join(', ')
