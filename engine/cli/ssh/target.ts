import { userInfo } from 'node:os'
import { type IpAddress, parseAddress } from '../../../shared/address.ts'
import { HOST_NAME } from '../../../shared/host-signature.ts'
import { attempt } from '../../../shared/result.ts'
import { Failure } from '../failure.ts'
import { expandHome } from '../system.ts'
import { addressesOf } from './addresses.ts'
import { pathOption } from './path-option.ts'
import { parseSshArguments } from './ssh-arguments.ts'
import { planOf, type SshProgram } from './ssh-client.ts'

/** The destination of a login. */
export interface Target {
  readonly user: string
  /** The name or address that ssh connects to. */
  readonly host: string
  /** Undefined for that of the role. */
  readonly port: string | undefined
  /** What the user and the configuration of ssh call the host, in lower case: the engine may know it by one of these. */
  readonly names: readonly string[]
  readonly addresses: readonly IpAddress[]
  /** Why no addresses were found. */
  readonly unresolved?: unknown
  readonly hostKeyAlias: string | undefined
  /** Socket of shared connections; undefined if they are not shared. */
  readonly controlPath: string | undefined
  /** Whether ssh connects through a proxy (ProxyJump, ProxyCommand); true if unknown. */
  readonly proxied: boolean
  /** Whether nobody is to be asked anything (BatchMode). */
  readonly isBatch: boolean
  /** Names of the options of ssh that the user sets, in lower case. */
  readonly options: ReadonlySet<string>
}

/**
 * The destination of ssh with these arguments.
 * @param options `resolve`: whether to find its addresses
 * @throws {Failure}
 */
export async function findTarget(
  program: SshProgram,
  words: readonly string[],
  { resolve = true }: { readonly resolve?: boolean } = {},
): Promise<Target> {
  const said = parseSshArguments(words)
  const plan = await planOf(program, words)
  const host = plan?.host ?? said.host
  const family = plan ? FAMILIES[plan.addressFamily ?? ''] : said.family
  const found = await attempt(async () => (resolve ? addressesOf(host, family) : []))
  return {
    user: plan?.user ?? said.user ?? ownName(),
    host,
    port: portOf(plan?.port, said.port),
    names: hostNames([said.host, plan?.hostKeyAlias, host]),
    addresses: found.ok ? found.value : [],
    ...(!found.ok && { unresolved: found.error }),
    hostKeyAlias: plan?.hostKeyAlias,
    controlPath: plan?.controlPath,
    proxied: plan?.proxied ?? true,
    isBatch: plan ? plan.option('batchmode') === 'yes' : said.options.has('batchmode'),
    options: said.options,
  }
}

/** Whole names only: a host of another domain must not get the password of one with the same first label. */
const hostNames = (texts: readonly (string | undefined)[]): readonly string[] => [
  ...new Set(
    texts
      .map(text => text?.toLowerCase() ?? '')
      .filter(text => HOST_NAME.test(text) && !parseAddress(text)),
  ),
]

/** The port that ssh reports, except for a 22 that may only be its default. */
function portOf(planned: string | undefined, said: string | undefined): string | undefined {
  if (planned === undefined) return said
  return planned === '22' && said === undefined ? undefined : planned
}

const FAMILIES: Readonly<Record<string, 4 | 6>> = { inet: 4, inet6: 6 }

function ownName(): string {
  try {
    return userInfo().username
  } catch (error) {
    throw new Failure('Error getting the current user: set one, as in user@host', undefined, {
      cause: error,
    })
  }
}

interface SshChoices {
  /** Undefined where ssh may connect to any address of the host. */
  readonly address: IpAddress | undefined
  /** The port of the role. */
  readonly port: number
  /** Undefined for that of the configuration of ssh. */
  readonly strictHostKeyChecking: string | undefined
  readonly userKnownHostsFile: string | undefined
  /** Options that determine the trusted hosts, instead of the two above and those of the user. */
  readonly hostTrust?: readonly string[] | undefined
}

/**
 * Options for the login with a one-time password. They override those of programs that run ssh and forbid prompts. With an identity file,
 * publickey is tried first, for hosts that require both. A connection that was determined to be direct must not use a proxy.
 */
export const byPassword = ({ options, proxied }: Target) => ({
  ...(options.has('identityfile')
    ? { PreferredAuthentications: 'publickey,keyboard-interactive', IdentitiesOnly: 'yes' }
    : { PreferredAuthentications: 'keyboard-interactive' }),
  KbdInteractiveAuthentication: 'yes',
  NumberOfPasswordPrompts: '1',
  BatchMode: 'no',
  // ssh accepts no -J after it
  ...(!proxied && !options.has('proxyjump') && { ProxyCommand: 'none' }),
})

/** Options for the login with only the given key. */
export const BY_KEY = {
  IdentitiesOnly: 'yes',
  PreferredAuthentications: 'publickey',
}

/**
 * The options to put before those of the user. ssh uses the first value of an option: those in `way` override the user's, and the others are
 * left out if the user sets them. If the name has several addresses, the connection is bound to the one of the credential.
 */
export function sshOptions(
  target: Target,
  choices: SshChoices,
  way: Readonly<Record<string, string>>,
): readonly string[] {
  return [
    ...(target.port === undefined ? ['-p', `${choices.port}`] : []),
    ...(choices.hostTrust ?? hostKeyOptions(target, choices)),
    ...Object.entries(way).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
    ...worded(pin(target, choices), target),
  ]
}

type HostKeyChoices = Pick<SshChoices, 'strictHostKeyChecking' | 'userKnownHostsFile'>

/** The options that determine the trusted hosts. */
export const hostKeyOptions = (
  target: Target,
  { strictHostKeyChecking, userKnownHostsFile }: HostKeyChoices,
): readonly string[] => [
  ...(userKnownHostsFile && !target.options.has('userknownhostsfile')
    ? pathOption('UserKnownHostsFile', expandHome(userKnownHostsFile))
    : []),
  ...(strictHostKeyChecking === undefined
    ? []
    : worded({ StrictHostKeyChecking: strictHostKeyChecking }, target)),
]

const worded = (options: Readonly<Record<string, string>>, target: Target): readonly string[] =>
  Object.entries(options)
    .filter(([name]) => !target.options.has(name.toLowerCase()))
    .flatMap(([name, value]) => ['-o', `${name}=${value}`])

/** The name of the host in prompts of ssh. */
export const spokenName = (target: Target, choices: AddressChoice): string =>
  pin(target, choices).HostKeyAlias ?? target.hostKeyAlias ?? target.host

/** Binds a name with several addresses to one of them, but keeps the name for looking up the host key. */
function pin(
  { host, port, addresses, hostKeyAlias }: Target,
  choice: AddressChoice,
): { readonly HostName?: string; readonly HostKeyAlias?: string } {
  if (choice.address === undefined || addresses.length === 1 || parseAddress(host)) return {}
  const number = port ?? `${choice.port}`
  // as ssh writes a name with a port in known_hosts; certificates are for the bare name
  const name = number === '22' || choice.hostTrust ? host : `[${host}]:${number}`
  return { HostName: choice.address, HostKeyAlias: hostKeyAlias ?? name }
}

type AddressChoice = Pick<SshChoices, 'address' | 'port' | 'hostTrust'>
