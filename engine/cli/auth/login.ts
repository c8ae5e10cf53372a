import { boolean, string } from '../../../shared/field.ts'
import type { Secret } from '../../../shared/secret.ts'
import { type Call, command } from '../command.ts'
import { parseData } from '../data.ts'
import { type Envelope, envelopeOf, isObject, type Json, type JsonObject } from '../envelope.ts'
import { during, EXIT, Failure } from '../failure.ts'
import { choice } from '../flags.ts'
import { KEYRING } from '../kept-token/keyring.ts'
import { parseToken } from '../kept-token/parse-token.ts'
import { textsOf } from '../print-init.ts'
import { dataOf } from '../reply.ts'
import { stdinOf } from '../stdin.ts'
import { askTerminal } from '../terminal.ts'
import { valueText } from '../value-text.ts'
import { variable } from '../variable.ts'
import { keepLogin, mountOf } from './keep-login.ts'
import { LOGIN_METHODS } from './login-methods.ts'

const FLAGS = {
  method: choice(
    'token',
    ...Object.keys(LOGIN_METHODS),
  )({
    description: `Auth method: "token", ${Object.keys(LOGIN_METHODS)
      .map(name => `"${name}"`)
      .join(', ')}.`,
    default: 'token',
  }),
  path: string({ description: 'Path where the auth method is enabled. The default is its name.' }),
  'no-store': boolean({ description: 'Do not store the token.', default: false }),
  'no-print': boolean({ description: 'Do not print the token.', default: false }),
  'token-only': boolean({
    description: 'Print only the token, and do not store it.',
    default: false,
  }),
}

type LoginCall = Call<typeof FLAGS>

export const login = command({
  name: 'login',
  summary: 'Log in and store the token for later commands',
  usage: '[options] [TOKEN | - | K=V...]',
  text: `
Logs in with an auth method and stores the token for later commands: in ~/.vault-token; on a desktop where there is no such file, in its keyring; with a token helper of Vault's command line (token_helper in ~/.vault), by that. POSTERN_TOKEN_STORE=file or =keyring decides instead. Secrets are prompted for and not echoed. As arguments they would be visible in the process list and in the history of the shell.

With an existing token, which is verified:

    $ postern login

    $ postern login - < token

With a user name and a password:

    $ postern login -method=userpass username=ann

With a password from a file, and userpass enabled at people/:

    $ postern login -method=userpass -path=people username=ann password=- < password

With AppRole, for machines:

    $ postern login -method=approle role_id=… secret_id=@secret-id

With a JWT of another issuer:

    $ postern login -method=jwt role=web jwt=@token.jwt

With a browser, at an OpenID provider. It redirects back to port 8250 of this machine, or to another one set with port=:

    $ postern login -method=oidc role=people

With a browser of another machine, or a phone, if the role has callback_mode=device. The address is drawn as a QR code:

    $ postern login -method=oidc role=anywhere callbackmode=device`,
  flags: FLAGS,
  arguments: [0, Infinity],
  prints: 'field',
  async run(call) {
    const { flags, io, print } = call
    const keeps = !flags['no-store'] && !flags['token-only']
    if (flags['no-store'] && flags['no-print'])
      throw new Failure('-no-store and -no-print cannot be used together')
    const envelope =
      flags.method === 'token' ? await checked(call) : await loggedIn(flags.method, call)
    if (envelope.wrap_info) {
      await print.secret(envelope)
      return EXIT.ok
    }
    const token = givenBy(envelope)
    const place = keeps ? await keepLogin(token, envelope, call) : undefined
    if (variable(io.environment, 'TOKEN') && keeps) print.note(OVERRULED)
    if (flags['no-print']) return EXIT.ok
    if (flags['token-only'])
      io.stdout.write(io.stdout.isTTY ? `${token.reveal()}\n` : token.reveal())
    else await show(envelope, call, place)
    return EXIT.ok
  },
})

const OVERRULED =
  'WARNING! A token is set in the environment (POSTERN_TOKEN, VAULT_TOKEN or BAO_TOKEN). It takes precedence over the stored one.\n'

const KEYRING_ALONE =
  'Vault\'s clients do not look there. "POSTERN_TOKEN_STORE=file postern login" stores it in\n~/.vault-token, from then on.\n'

/** Logs in. Sends no token, since an old one may have expired. */
async function loggedIn(name: string, call: LoginCall): Promise<Envelope> {
  const method = Object.hasOwn(LOGIN_METHODS, name) ? LOGIN_METHODS[name] : undefined
  if (!method)
    throw new Failure(
      `Unknown auth method: ${name}. Use one of token, ${Object.keys(LOGIN_METHODS).join(', ')}; for others, "write" to their login path.`,
    )
  const given = await parseData(call.args, stdinOf(call))
  const mount = mountOf(call.flags)
  const client = call.connect({ token: undefined })
  const work = method(client, {
    mount,
    given,
    ask: question => ask(question, call),
    note: text => call.print.note(text),
    io: call.io,
  })
  const envelope = await during('Error authenticating', work)
  if (!envelope) throw new Failure('the server sent no token', EXIT.server)
  return envelope
}

/** Verifies a token. Gives the response of a login that would have issued it. */
async function checked(call: LoginCall): Promise<Envelope> {
  const token = await tokenFrom(call)
  const client = call.connect({ token, wrapTtl: undefined })
  const data = await dataOf('Error authenticating', client.read('auth/token/lookup-self'))
  return authOf(token, data)
}

const NO_METHOD =
  'Such pairs are for other auth methods than "token": name one with -method, as in "postern login -method=userpass username=ann"'

async function tokenFrom(call: LoginCall): Promise<Secret> {
  const [typed, more] = call.args
  if (call.args.some(word => /^(?!token=)[a-z_]+=/.test(word))) throw new Failure(NO_METHOD)
  if (more !== undefined)
    throw new Failure(`Too many arguments (expected 0-1, got ${call.args.length})`)
  const text =
    typed === undefined
      ? await ask('Token (will be hidden): ', call)
      : typed.includes('=') || typed === '-'
        ? await fromPair(typed, call)
        : typed
  const token = parseToken(text?.trim())
  if (token) return token
  throw new Failure('no token was given: enter it at the terminal, or pass "-" and standard input')
}

const ask = async (question: string, { nonInteractive }: LoginCall) =>
  nonInteractive ? undefined : askTerminal(question, { hidden: true })

async function fromPair(typed: string, call: LoginCall): Promise<string> {
  const { token } = await parseData([typed === '-' ? 'token=-' : typed], stdinOf(call))
  return typeof token === 'string' ? token : ''
}

function authOf(token: Secret, data: JsonObject): Envelope {
  const policies = textsOf(data.policies)
  return envelopeOf({
    auth: {
      client_token: token.reveal(),
      accessor: valueText(data.accessor ?? ''),
      policies,
      token_policies: policies,
      identity_policies: textsOf(data.identity_policies),
      metadata: metadataOf(data.meta),
      lease_duration: Number.isSafeInteger(data.ttl) ? Number(data.ttl) : 0,
      renewable: data.renewable === true,
    },
  })
}

function givenBy({ auth }: Envelope): Secret {
  try {
    const token = parseToken(auth?.client_token)
    if (token) return token
  } catch (error) {
    throw new Failure(
      `unexpected response of the server: ${error instanceof Error ? error.message : error}`,
      EXIT.server,
    )
  }
  throw new Failure('the server sent no token', EXIT.server)
}

const metadataOf = (meta: Json | undefined) =>
  isObject(meta)
    ? Object.fromEntries(Object.entries(meta).map(([key, value]) => [key, valueText(value)]))
    : null

async function show(
  envelope: Envelope,
  { print, flags, io }: LoginCall,
  place: string | undefined,
) {
  if (place !== undefined && !print.picks)
    print.success(
      `Success! You are now authenticated. The token below is stored in ${place} for\nlater commands. You do NOT need to run "postern login" again.\n`,
    )
  if (place === KEYRING && variable(io.environment, 'TOKEN_STORE') === undefined)
    print.note(KEYRING_ALONE)
  if (flags['no-store'])
    print.note('The token was not stored. Set POSTERN_TOKEN or VAULT_TOKEN to use it.\n')
  await print.secret(envelope)
}
