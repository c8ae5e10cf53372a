import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'
import { type IpAddress, parseAddress } from '../../../shared/address.ts'
import { Failure } from '../failure.ts'
import { addressesOf } from './addresses.ts'
import { pathOption } from './path-option.ts'
import { parseSshArguments } from './ssh-arguments.ts'
import { planOf, type SshProgram } from './ssh-client.ts'

/** Where a login goes. */
export interface Target {
  readonly user: string
  /** The name or address that ssh connects to. */
  readonly host: string
  /** Absent: the user has none in mind, and that of the role is taken. */
  readonly port: string | undefined
  readonly addresses: readonly IpAddress[]
  readonly hostKeyAlias: string | undefined
  /** Where ssh shares connections; absent if it does not. */
  readonly controlPath: string | undefined
  /** Somebody else makes the connection (ProxyJump, ProxyCommand), or ssh cannot tell. */
  readonly proxied: boolean
  /** Names of the options that the user gives to ssh, in lower case. */
  readonly options: ReadonlySet<string>
}

/**
 * Finds out where ssh would go with these words, and which addresses that is.
 * @throws {Failure}
 */
export async function findTarget(program: SshProgram, words: readonly string[]): Promise<Target> {
  const said = parseSshArguments(words)
  const plan = await planOf(program, words)
  const host = plan?.host ?? said.host
  const family = plan ? FAMILIES[plan.addressFamily ?? ''] : said.family
  return {
    user: plan?.user ?? said.user ?? ownName(),
    host,
    port: portOf(plan?.port, said.port),
    addresses: await addressesOf(host, family),
    hostKeyAlias: plan?.hostKeyAlias,
    controlPath: plan?.controlPath,
    proxied: plan?.proxied ?? true,
    options: said.options,
  }
}

/** ssh knows best; but it tells 22 whether or not somebody wrote it. */
function portOf(planned: string | undefined, said: string | undefined): string | undefined {
  if (planned === undefined) return said
  return planned === '22' && said === undefined ? undefined : planned
}

const FAMILIES: Readonly<Record<string, 4 | 6>> = { inet: 4, inet6: 6 }

function ownName(): string {
  try {
    return userInfo().username
  } catch (error) {
    throw new Failure('Error getting the current user: name one, as in user@host', undefined, {
      cause: error,
    })
  }
}

interface SshChoices {
  readonly address: IpAddress
  /** The port that the role tells. */
  readonly port: number
  /** Absent: as ssh does by itself, and as its configuration says. */
  readonly strictHostKeyChecking: string | undefined
  readonly userKnownHostsFile: string | undefined
  /** Options that say which hosts to trust, in place of the two above and of what the user gives. */
  readonly hostTrust?: readonly string[] | undefined
}

/**
 * How ssh is to answer the one question of a host that asks for a one-time password, whatever else it is told: programs that run ssh
 * often forbid it to ask. Who names a key means a host that wants both, and
 * gets in by the key where that is enough. What was found to be a direct connection must be one.
 */
export const byPassword = ({ options, proxied }: Target) => ({
  ...(options.has('identityfile')
    ? { PreferredAuthentications: 'publickey,keyboard-interactive', IdentitiesOnly: 'yes' }
    : { PreferredAuthentications: 'keyboard-interactive' }),
  KbdInteractiveAuthentication: 'yes',
  NumberOfPasswordPrompts: '1',
  BatchMode: 'no',
  // ssh takes no -J behind it
  ...(!proxied && !options.has('proxyjump') && { ProxyCommand: 'none' }),
})

/** How ssh is to log in with the key that it is given, and with none of those that it knows besides. */
export const BY_KEY = {
  IdentitiesOnly: 'yes',
  PreferredAuthentications: 'publickey',
}

/**
 * The options that go before the user's words. ssh heeds the first of a name, so the way in, which comes from `way`, is as it must be, and
 * of the rest what the user gives is left out here. The connection is bound to the one address that the credential is for, if the name has several.
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

/** Those of them that say which hosts to trust. */
export const hostKeyOptions = (
  target: Target,
  { strictHostKeyChecking, userKnownHostsFile }: HostKeyChoices,
): readonly string[] => [
  ...(userKnownHostsFile && !target.options.has('userknownhostsfile')
    ? pathOption('UserKnownHostsFile', expand(userKnownHostsFile))
    : []),
  ...(strictHostKeyChecking === undefined
    ? []
    : worded({ StrictHostKeyChecking: strictHostKeyChecking }, target)),
]

const worded = (options: Readonly<Record<string, string>>, target: Target): readonly string[] =>
  Object.entries(options)
    .filter(([name]) => !target.options.has(name.toLowerCase()))
    .flatMap(([name, value]) => ['-o', `${name}=${value}`])

/** The name under which ssh speaks of the host in its prompts. */
export const spokenName = (target: Target, choices: AddressChoice): string =>
  pin(target, choices).HostKeyAlias ?? target.hostKeyAlias ?? target.host

/** Binds a name with several addresses to one of them, and lets the host's key be looked up under the name all the same. */
function pin(
  { host, port, addresses, hostKeyAlias }: Target,
  choice: AddressChoice,
): { readonly HostName?: string; readonly HostKeyAlias?: string } {
  if (addresses.length === 1 || parseAddress(host)) return {}
  const number = port ?? `${choice.port}`
  // as ssh itself writes a name with a port into known_hosts; certificates are for the bare name
  const name = number === '22' || choice.hostTrust ? host : `[${host}]:${number}`
  return { HostName: choice.address, HostKeyAlias: hostKeyAlias ?? name }
}

type AddressChoice = Pick<SshChoices, 'address' | 'port' | 'hostTrust'>

const expand = (path: string) => (path.startsWith('~/') ? join(homedir(), path.slice(2)) : path)
