import { join } from 'node:path'
import { parseDuration } from '../../shared/duration.ts'
import { boolean } from '../../shared/field.ts'
import { parseHttpAddress } from '../../shared/http-address.ts'
import { Invalid } from '../../shared/invalid.ts'
import { Secret } from '../../shared/secret.ts'
import type { Trust } from '../../shared/tls.ts'
import type { CliIo } from './cli-io.ts'
import { Failure } from './failure.ts'
import type { ConnectionFlags } from './flags.ts'
import { type HttpProxy, proxyFor } from './http-proxy.ts'
import type { ShownRequest } from './shown-request.ts'
import { readStoredToken } from './stored-token.ts'
import { homeIn } from './system.ts'
import { variable } from './variable.ts'

/** The settings of a client: server, TLS, proxy and token. */
export interface Settings {
  readonly address: URL
  readonly token: Secret | undefined
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

/** The settings from flags, the environment and `~/.vault-token`, in this order of precedence. */
export function readSettings(
  flags: ConnectionFlags,
  environment: Environment,
  warn: (text: string) => void,
): Settings {
  const get = (name: string) => variable(environment, name)
  return {
    address: readAddress(flags.address ?? get('ADDR') ?? DEFAULT_ADDRESS),
    token: readToken(get('TOKEN') ?? storedToken(environment, warn)),
    namespace: namespaceOf(flags.namespace ?? flags.ns ?? get('NAMESPACE')),
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

/** The file in which `login` stores the token, as in Vault; `undefined` without a home directory. */
export function tokenFile(environment: Environment): string | undefined {
  const home = homeIn(environment)
  return home === undefined ? undefined : join(home, '.vault-token')
}

function readAddress(text: string): URL {
  try {
    return parseHttpAddress(text)
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    throw new Failure(`${error.message}. Set POSTERN_ADDR, VAULT_ADDR or -address`)
  }
}

/** @throws {Failure} without the token in its message */
export function readToken(text: string | undefined): Secret | undefined {
  if (!text) return undefined
  if (/^[\x21-\x7e]+$/.test(text)) return new Secret(text)
  throw new Failure('the token contains blanks or characters other than ASCII')
}

function storedToken(environment: Environment, warn: (text: string) => void): string | undefined {
  const path = tokenFile(environment)
  const stored = path ? readStoredToken(path) : undefined
  if (stored?.exposed)
    warn(`WARNING! Other users can read the token in ${path}: run chmod 600 ${path}`)
  return stored?.text
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
