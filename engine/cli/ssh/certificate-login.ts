import { isatty } from 'node:tty'
import { splitList } from '../../../shared/split-list.ts'
import { readCertificate } from '../../openssh/certificate-reader.ts'
import { generatePrivateKey, type PrivateKey } from '../../openssh/private-key.ts'
import { publicKeyLine } from '../../openssh/public-key.ts'
import { during, EXIT, Failure } from '../failure.ts'
import { Agent } from './agent.ts'
import { CertificateAgent, secondsLeft } from './certificate-agent.ts'
import { controlPath } from './control-path.ts'
import { grantedExtensions } from './granted-extensions.ts'
import { holdKey } from './held-key.ts'
import { hostTrust } from './host-trust.ts'
import { Interruption } from './interruption.ts'
import type { LoginContext, LoginOptions } from './login-options.ts'
import { pathOption } from './path-option.ts'
import { type PrivateFolder, privateFolder } from './private-folder.ts'
import { runSsh } from './run-ssh.ts'
import { sensible } from './sensible.ts'
import { findTarget, hostKeyOptions } from './target.ts'
import { findUserKey, type UserKey, userKey } from './user-key.ts'
import { wantsTerminal } from './wants-terminal.ts'
import { whyNotSigned } from './why-no-credential.ts'

export interface CertificateLoginOptions extends LoginOptions {
  readonly role: string
  readonly publicKeyPath: string | undefined
  readonly privateKeyPath: string | undefined
  /** Separated by commas. The default is the user of the login. */
  readonly validPrincipals: string | undefined
}

/**
 * Logs in to a host with a certificate for a key of the user, or for one that is made for the session if there is none. The certificate is
 * added to a running agent until it expires, unless the agent has the key already, and is in a file only while ssh runs. Gives the exit
 * code of ssh. Contract §7.
 */
export async function certificateLogin(
  options: CertificateLoginOptions,
  context: LoginContext,
): Promise<number> {
  const { io, client, print } = context
  const { executable, mount, role, hostMount, hostNames } = options
  const { environment } = io
  const confirms = options.confirms === true
  const agent = new Agent(environment, { confirms })
  const { key, made } = await keyFor(options, context, agent)
  const target = options.target ?? (await findTarget({ executable, environment }, options.words))
  if (target.unresolved !== undefined) throw target.unresolved
  const principals = options.validPrincipals ?? target.user
  const held = new CertificateAgent(agent, key)
  const wanted = { mount, role, principals: splitList(principals) }
  const live = options.noExec || made ? undefined : await held.find(wanted, client)
  const line = live ?? (await signed(key, principals, options, context))
  if (line === undefined) return EXIT.ok
  const hasTerminal = readCertificate(line).extensions.includes('permit-pty')
  if (!hasTerminal && wantsTerminal(options.words, isatty(0))) print.note(noTerminal(role))

  using interruption = new Interruption()
  // the files must exist until ssh exits
  using files = privateFolder(environment)
  const words = identityOptions(key, line, files)
  if (live === undefined) await held.keep(line, files)
  const seconds = secondsLeft(line)
  await using own =
    made && (await holdKey({ key: made, seconds, confirms }, { files, environment, interruption }))
  words.push(...(own?.agentOptions ?? []))
  const program = { executable, environment, signal: interruption.signal }
  const trust =
    hostMount && (await hostTrust({ mount: hostMount, hostNames, client, program, files }))
  if (key.privateFile === undefined && !made && !agent.isRunning)
    print.note('The private key is neither in a file nor in an agent: ssh will look for it.')
  const kind = [mount, role, principals, hostMount ?? '', hostMount === undefined ? '' : hostNames]
  words.push(...controlPath(target, kind))
  words.push(...(trust || hostKeyOptions(target, options)), ...options.words)
  return (await runSsh({ executable, words, environment, interruption })).code
}

interface LoginKey {
  readonly key: UserKey
  /** The private key, if it was made for this session. */
  readonly made?: PrivateKey
}

/** The key of the user, or a new one that is in no file. @throws {Failure} for -no-exec without a key, since a certificate alone is useless */
async function keyFor(
  options: CertificateLoginOptions,
  { io, print }: LoginContext,
  agent: Agent,
): Promise<LoginKey> {
  const find = options.noExec ? userKey : findUserKey
  const found = await find(options, io, agent)
  if (found) return { key: found }
  const made = await generatePrivateKey({ family: 'ed25519' }, 'self')
  print.note('You have no key in ~/.ssh or in an agent: one is made for this session.')
  const { publicKey: key } = made
  const origin = 'of this session'
  return { key: { line: publicKeyLine(key), origin, key, privateFile: undefined }, made }
}

/**
 * The options that make ssh use only this certificate. A link to the key keeps ssh from loading a certificate beside it, and another
 * certificate in the agent might grant other permissions.
 */
function identityOptions(key: UserKey, line: string, files: PrivateFolder): string[] {
  const identity =
    key.privateFile === undefined
      ? files.write('identity.pub', `${key.line}\n`)
      : files.link('identity', key.privateFile)
  return [
    ...pathOption('CertificateFile', files.write('certificate.pub', `${line}\n`)),
    ...pathOption('IdentityFile', identity),
    ...['-o', 'IdentitiesOnly=yes'],
  ]
}

/** Requests a certificate. `undefined` if it was printed, for -no-exec. @throws {Failure} */
export async function signed(
  key: UserKey,
  principals: string,
  { mount, role, noExec }: Pick<CertificateLoginOptions, 'mount' | 'role' | 'noExec'>,
  { client, print }: Pick<LoginContext, 'client' | 'print'>,
): Promise<string | undefined> {
  const extensions = await grantedExtensions(client, mount, role)
  const envelope = await during(
    `failed to sign public key ${key.origin}`,
    client.write(`${mount}/sign/${role}`, {
      public_key: key.line,
      valid_principals: principals,
      cert_type: 'user',
      ...(extensions && { extensions }),
    }),
  ).catch(error => {
    const why = whyNotSigned(error, role, principals)
    throw why === undefined ? error : advised(error, why)
  })
  const line = envelope?.data?.signed_key
  if (!envelope || line === undefined) throw new Failure('missing signed key', EXIT.server)
  if (typeof line !== 'string' || line === '') throw new Failure('signed key is empty', EXIT.server)
  if (!noExec) {
    sensible('the certificate', () => readCertificate(line))
    return line.trim()
  }
  await print.secret(envelope)
  return undefined
}

const noTerminal = (role: string) =>
  `The certificate does not permit a terminal: ${JSON.stringify(role)} does not grant "permit-pty". An administrator sets it in default_extensions of the role: {"permit-pty": ""}.`

const advised = ({ message, exitCode, cause }: Failure, advice: string) =>
  new Failure(`${message.trimEnd()}\n\n${advice}`, exitCode, { cause })
