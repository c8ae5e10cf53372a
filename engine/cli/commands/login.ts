import { boolean, string } from '../../../shared/field.ts'
import type { Secret } from '../../../shared/secret.ts'
import { type Call, command } from '../command.ts'
import { parseData } from '../data.ts'
import { type Envelope, envelopeOf, type JsonObject } from '../envelope.ts'
import { during, EXIT, Failure } from '../failure.ts'
import { readable } from '../readable.ts'
import { readToken, variable } from '../settings.ts'
import { askTerminal } from '../terminal.ts'
import { storeToken } from '../token-file.ts'

const FLAGS = {
  method: string({
    description: 'How to log in. This version knows only "token".',
    default: 'token',
  }),
  'no-store': boolean({ description: 'Do not keep the token.', default: false }),
  'no-print': boolean({ description: 'Do not show the token.', default: false }),
  'token-only': boolean({
    description: 'Print only the token, and do not keep it.',
    default: false,
  }),
}

export const login = command({
  name: 'login',
  summary: 'Check a token and keep it for later commands',
  usage: '[options] [TOKEN | -]',
  text: `
Checks a token, and keeps it in ~/.vault-token, where later commands find it. Without an argument it is asked for, and not shown; with "-" it
is read from standard input. As an argument it would stand in the process list and in the history of the shell.

    $ postern login

    $ postern login - < token`,
  flags: FLAGS,
  arguments: [0, 1],
  prints: 'field',
  async run(call) {
    const { flags, world, print, connect } = call
    const keeps = !flags['no-store'] && !flags['token-only']
    if (flags.method !== 'token')
      throw new Failure(
        `Unknown auth method: ${flags.method}. This version logs in with -method=token; other logins are a "write" to their path.`,
      )
    if (flags['no-store'] && flags['no-print'])
      throw new Failure('-no-store and -no-print cannot be used together')
    const token = await tokenFrom(call)
    const found = await during(
      'Error authenticating',
      connect({ token }).read('auth/token/lookup-self'),
    )
    if (keeps) await storeToken(token, world.environment)
    if (variable(world.environment, 'TOKEN') && keeps) print.note(OVERRULED)
    if (flags['no-print']) return EXIT.ok
    if (flags['token-only'])
      world.stdout.write(world.stdout.isTTY ? `${token.reveal()}\n` : token.reveal())
    else await show(authOf(token, found?.data ?? {}), call, keeps)
    return EXIT.ok
  },
})

const OVERRULED =
  'WARNING! A token is set in the environment (POSTERN_TOKEN, VAULT_TOKEN or BAO_TOKEN), and goes before the one that is now kept.\n'

async function tokenFrom(call: Call<typeof FLAGS>): Promise<Secret> {
  const [typed] = call.args
  const text =
    typed === undefined
      ? await ask(call)
      : typed.includes('=') || typed === '-'
        ? await fromPair(typed, call)
        : typed
  const token = readToken(text?.trim())
  if (token) return token
  throw new Failure('there is no token: give it at the terminal, or with "-" on standard input')
}

const ask = ({ nonInteractive }: Call<typeof FLAGS>) =>
  nonInteractive ? undefined : askTerminal('Token (will be hidden): ', { hidden: true })

async function fromPair(typed: string, call: Call<typeof FLAGS>): Promise<string> {
  const { token } = await parseData([typed === '-' ? 'token=-' : typed], readable(call))
  return typeof token === 'string' ? token : ''
}

/** The reply that a login would have given, from what the server tells of the token. */
function authOf(token: Secret, data: JsonObject): Envelope {
  const policies = (data.policies ?? []) as readonly string[]
  return envelopeOf({
    auth: {
      client_token: token.reveal(),
      accessor: String(data.accessor ?? ''),
      policies,
      token_policies: policies,
      identity_policies: (data.identity_policies ?? []) as readonly string[],
      metadata: (data.meta ?? null) as Readonly<Record<string, string>> | null,
      lease_duration: Number(data.ttl ?? 0),
      renewable: data.renewable === true,
    },
  })
}

async function show(envelope: Envelope, { print, flags }: Call<typeof FLAGS>, keeps: boolean) {
  if (keeps && !print.picks)
    print.success(
      'Success! You are now authenticated. The token below is kept in ~/.vault-token, where later\ncommands find it. You do NOT need to run "postern login" again.\n',
    )
  if (flags['no-store'])
    print.note('The token was not kept. Set POSTERN_TOKEN or VAULT_TOKEN to use it.\n')
  await print.secret(envelope)
}
