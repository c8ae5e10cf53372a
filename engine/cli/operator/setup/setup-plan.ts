import { existsSync } from 'node:fs'
import { isIP } from 'node:net'
import { hostname, networkInterfaces } from 'node:os'
import { parseBindAddress } from '../../../http/bind-address.ts'
import type { Names, Permitted } from '../../../x509/extensions.ts'
import { Failure } from '../../failure.ts'
import { tryProgram } from './run-program.ts'
import { PATHS } from './setup-paths.ts'

/** How the engine gets its seal key. */
export type SealKeyPlace =
  /** A credential that systemd decrypts with a key of this machine. */
  | 'encrypted credential'
  /** A file of root's, which systemd passes on. */
  | 'credential'
  /** A file of the engine's user, where no systemd runs. */
  | 'file'

/** What the set-up is to make of this machine, and what surrounds it. */
export interface SetupPlan extends RecordedPlan {
  readonly hasSystemd: boolean
  /** Words that start this program. */
  readonly self: readonly string[]
}

/** What is the same in all runs of a set-up. */
export interface RecordedPlan extends Names {
  /** The URL for hosts and clients. */
  readonly apiAddress: string
  /** `host:port` */
  readonly listen: string
  /** What the private CA may issue for, in addition. */
  readonly permitted: Permitted
  /** Files of another CA, in place of a private one. */
  readonly tls: TlsFiles | undefined
  readonly sealKeyPlace: SealKeyPlace
}

export interface TlsFiles {
  readonly certificate: string
  readonly key: string
  readonly authority: string
}

interface PlanFlags {
  readonly name?: readonly string[] | undefined
  readonly permit?: readonly string[] | undefined
  readonly listen?: string | undefined
  readonly 'tls-cert'?: string | undefined
  readonly 'tls-key'?: string | undefined
  readonly 'tls-ca'?: string | undefined
}

/** Names that every certificate is valid for, for commands on this machine. */
const LOCAL: Names = { names: ['localhost'], addresses: ['127.0.0.1', '::1'] }

const DEFAULT_LISTEN = '0.0.0.0:8200'

/** The oldest systemd whose units have encrypted credentials. */
const ENCRYPTING_SYSTEMD = 250

/**
 * The plan of a set-up: that of its earlier runs, else by the flags and this machine.
 * @throws {Failure} if the flags contradict each other or the earlier runs
 */
export function readPlan(
  flags: PlanFlags,
  self: readonly string[],
  recorded: RecordedPlan | undefined,
): SetupPlan {
  const fresh = { ...planOf(flags), self }
  if (!recorded) return fresh
  const isOther =
    (flags.name !== undefined && fresh.apiAddress !== recorded.apiAddress) ||
    (flags.listen !== undefined && flags.listen !== recorded.listen) ||
    (fresh.tls !== undefined && fresh.tls.certificate !== recorded.tls?.certificate)
  if (isOther) throw new Failure(otherPlan(recorded))
  return { ...fresh, ...recorded }
}

const otherPlan = ({ apiAddress, listen }: RecordedPlan) =>
  `this machine has been set up, or is being set up, as ${apiAddress}, listening on ${listen}. Repeat the command without other names, addresses or files, or take it back first: postern operator setup -undo`

function planOf(flags: PlanFlags): Omit<SetupPlan, 'self'> {
  const { listen = DEFAULT_LISTEN } = flags
  const { port } = parseBindAddress(listen)
  const given = flags.name ?? []
  const first = (given[0] ?? ownName()).toLowerCase()
  const own = given.length > 0 ? divided(given) : ownNames(first)
  const hasSystemd = existsSync('/run/systemd/system')
  return {
    names: [...new Set([...own.names, ...LOCAL.names])],
    addresses: [...new Set([...own.addresses, ...LOCAL.addresses])],
    apiAddress: `https://${isIP(first) === 6 ? `[${first}]` : first}:${port}`,
    ...{ listen, hasSystemd },
    permitted: permittedIn(flags.permit ?? []),
    tls: tlsFilesIn(flags),
    sealKeyPlace: hasSystemd ? (encrypts() ? 'encrypted credential' : 'credential') : 'file',
  }
}

function divided(given: readonly string[]): Names {
  const wrong = given.find(each => !isIP(each) && !isName(each))
  if (wrong !== undefined)
    throw new Failure(`-name: ${JSON.stringify(wrong)} is neither a host name nor an IP address`)
  return {
    names: given.filter(each => !isIP(each)).map(each => each.toLowerCase()),
    addresses: given.filter(each => isIP(each)),
  }
}

/** RFC 1123 §2.1. */
const isName = (text: string) =>
  text.length <= 253 &&
  /^(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)*[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/i.test(text)

/** The full name of this machine, if it knows it. */
const ownName = () => {
  const full = tryProgram('hostname', '-f')?.trim()
  return full !== undefined && isName(full) && full !== 'localhost' ? full : hostname()
}

/** Every name and address of this machine that a client may use. */
const ownNames = (first: string): Names => ({
  names: [first, hostname()].map(each => each.toLowerCase()),
  addresses: Object.values(networkInterfaces())
    .flatMap(addresses => addresses ?? [])
    // a link-local address is valid only together with the name of an interface
    .filter(({ internal, address }) => !internal && !/^(?:fe80:|169\.254\.)/.test(address))
    .map(({ address }) => address),
})

function permittedIn(given: readonly string[]): Permitted {
  const wrong = given.find(each => !isNetwork(each) && !isName(each))
  if (wrong !== undefined)
    throw new Failure(
      `-permit: ${JSON.stringify(wrong)} is neither a domain nor a block of addresses`,
    )
  return {
    domains: given.filter(each => !isNetwork(each)),
    networks: given.filter(isNetwork),
  }
}

function isNetwork(text: string): boolean {
  const [, address = '', prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1
  return bits > 0 && (prefix === undefined || Number(prefix) <= bits)
}

function tlsFilesIn(flags: PlanFlags): TlsFiles | undefined {
  const [certificate, key, authority] = [flags['tls-cert'], flags['tls-key'], flags['tls-ca']]
  const given = [certificate, key, authority].filter(each => each !== undefined)
  if (given.length === 0) return undefined
  if (certificate === undefined || key === undefined || authority === undefined)
    throw new Failure(
      '-tls-cert, -tls-key and -tls-ca belong together: hosts verify the certificate with the CA',
    )
  if (!given.every(each => each.startsWith('/')))
    throw new Failure('-tls-cert, -tls-key and -tls-ca must be absolute paths')
  return { certificate, key, authority }
}

function encrypts(): boolean {
  const [, version] = /^systemd (\d+)/.exec(tryProgram('systemd-creds', '--version') ?? '') ?? []
  return Number(version ?? 0) >= ENCRYPTING_SYSTEMD
}

/** The files that the listener uses. */
export const tlsFilesOf = ({ tls }: Pick<SetupPlan, 'tls'>): TlsFiles =>
  tls ?? { certificate: PATHS.certificate, key: PATHS.key, authority: PATHS.authority }

/** What the private CA may issue for: the names of the machine, and what is permitted besides. */
export const permittedBy = ({ names, addresses, permitted }: SetupPlan): Permitted => ({
  domains: [...new Set([...names, ...permitted.domains])],
  networks: [...new Set([...addresses, ...permitted.networks])],
})
