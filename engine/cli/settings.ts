import { parseDuration } from '../../shared/duration.ts'
import { boolean } from '../../shared/field.ts'
import { parseHttpAddress } from '../../shared/http-address.ts'
import { Invalid } from '../../shared/invalid.ts'
import type { Secret } from '../../shared/secret.ts'
import type { Trust } from '../../shared/tls.ts'
import type { CliIo } from './cli-io.ts'
import { Failure } from './failure.ts'
import type { ConnectionFlags } from './flags.ts'
import { type HttpProxy, proxyFor } from './http-proxy.ts'
import { TokenInUse, type TokenUser } from './kept-token/token-in-use.ts'
import type { ShownRequest } from './shown-request.ts'
import { variable } from './variable.ts'

/** The settings of a client: server, TLS, proxy and token. */
export interface Settings {
  readonly address: URL
  /** That of the command, which is read when it is needed, or a certain one. */
  readonly token: TokenInUse | Secret | undefined
  readonly namespace: string | undefined
  /** Seconds. */
  readonly wrapTtl: number | undefined
  readonly headers: Readonly<Record<string, string>>
  /** Milliseconds for a request, until the end of its response. */
  readonly deadline: number
  readonly trust: Trust
  /** The proxy for a server; `undefined` for a direct connection. @throws {Failure} */
  readonly proxy: (server: URL) => HttpProxy | undefined
  /** Redirects are not followed. */
  readonly refusesRedirects?: boolean
  /** Takes requests in place of the server. */
  readonly shown?: ShownRequest | undefined
}

const DEFAULT_ADDRESS = 'https://127.0.0.1:8200'
const DEFAULT_TIMEOUT = '60s'

/** Maximum milliseconds of a timer of Node. */
const MAX_TIMER = 2 ** 31 - 1

type Environment = CliIo['environment']

/** The settings of a command, whose token is its own. */
export interface OwnSettings extends Settings {
  readonly token: TokenInUse
}

/** The user of a command, as far as its settings are concerned. */
export interface SettingsUser {
  readonly warn: (text: string) => void
  /** For a user at a terminal. */
  readonly ofToken?: (server: Pick<Settings, 'address' | 'namespace'>) => TokenUser
}

/** The settings from flags, the environment and what `login` has kept, in this order of precedence. */
export function readSettings(
  flags: ConnectionFlags,
  environment: Environment,
  { warn, ofToken }: SettingsUser,
): OwnSettings {
  const get = (name: string) => variable(environment, name)
  const address = readAddress(flags.address ?? get('ADDR') ?? DEFAULT_ADDRESS)
  const namespace = namespaceOf(flags.namespace ?? flags.ns ?? get('NAMESPACE'))
  const attended = ofToken !== undefined
  return {
    ...{ address, namespace },
    token: new TokenInUse(
      { environment, address, attended, warn },
      ofToken?.({ address, namespace }),
    ),
    wrapTtl: flags['wrap-ttl'] ?? seconds('WRAP_TTL', get('WRAP_TTL')),
    headers: readHeaders(flags.header ?? {}),
    deadline: deadlineOf(get('CLIENT_TIMEOUT') ?? DEFAULT_TIMEOUT),
    trust: {
      caFile: flags['ca-cert'] ?? get('CACERT'),
      caPath: flags['ca-path'] ?? get('CAPATH'),
      serverName: flags['tls-server-name'] ?? get('TLS_SERVER_NAME'),
      skipVerify: flags['tls-skip-verify'] ?? truth('SKIP_VERIFY', get('SKIP_VERIFY')),
    },
    proxy: server => proxyFor(server, environment),
    refusesRedirects:
      flags['disable-redirects'] ?? truth('DISABLE_REDIRECTS', get('DISABLE_REDIRECTS')),
  }
}

function readAddress(text: string): URL {
  try {
    return parseHttpAddress(text)
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    throw new Failure(`${error.message}. Set POSTERN_ADDR, VAULT_ADDR or -address`)
  }
}

// Vault's names of the root namespace
const namespaceOf = (text: string | undefined) =>
  text === undefined || ['', 'root', '/', 'root/'].includes(text)
    ? undefined
    : `${text.replace(/^\/+|\/+$/g, '')}/`

function readHeaders(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  const reserved = Object.keys(headers).filter(name => /^x-vault-/i.test(name))
  if (reserved.length > 0)
    throw new Failure(
      `failed to setup Headers[${reserved.join(', ')}]: names that begin with X-Vault- are reserved`,
    )
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
}

/** 0 means no timeout. Limited to what a timer holds, since more would expire at once. */
function deadlineOf(text: string): number {
  const milliseconds = (seconds('CLIENT_TIMEOUT', text) ?? 0) * 1000
  return milliseconds === 0 ? MAX_TIMER : Math.min(milliseconds, MAX_TIMER)
}

const seconds = (name: string, text: string | undefined) =>
  text === undefined ? undefined : parsed(name, () => parseDuration(text))

const truth = (name: string, text: string | undefined) =>
  text === undefined ? false : parsed(name, () => boolean({ description: '' }).read(text) ?? false)

function parsed<T>(name: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    throw new Failure(`could not parse VAULT_${name}: ${error.message}`)
  }
}
