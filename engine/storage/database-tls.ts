import { BlockList, isIP } from 'node:net'
import { Invalid } from '../../shared/invalid.ts'
import { databaseUrls } from './database-hosts.ts'

/** The driver treats all of them as verify-full: a trusted certificate with the name of the server. */
const CHECKED = ['verify-full', 'verify-ca', 'require', 'prefer']

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

/**
 * Checks the TLS settings in the URL of a database, for each server on another machine. Returns a warning if the connection to one is not
 * encrypted.
 * @throws {Invalid} if a server's certificate would not be verified, the settings are ambiguous, or the servers cannot be told
 */
export function databaseWarning(url: string, environment = process.env): string | undefined {
  const warnings = databaseUrls(url).map(each => serverWarning(each, environment))
  return warnings.find(warning => warning !== undefined)
}

function serverWarning(url: string, environment: NodeJS.ProcessEnv): string | undefined {
  const { hostname, searchParams: given } = new URL(url)
  requireOnce(given, ['host'])
  const host = given.get('host') || decodeURIComponent(hostname) || environment.PGHOST || ''
  if (isHere(host)) return undefined
  requireOnce(given, ['sslmode', 'ssl', 'uselibpqcompat'])
  const [mode, ssl] = [given.get('sslmode') ?? environment.PGSSLMODE, given.get('ssl')]
  if (ssl !== null && (mode !== undefined || !/^(?:true|1)$/.test(ssl)))
    throw new Invalid('"connection_url" has ssl: remove it, and set sslmode=verify-full')
  if (given.get('uselibpqcompat') === 'true' && mode !== 'verify-full' && mode !== 'disable')
    throw new Invalid(
      '"connection_url" has uselibpqcompat, with which the server name is not verified: remove it, or set sslmode=verify-full',
    )
  if (mode === undefined && (ssl !== null || usesTls(given))) return undefined
  if (mode === undefined)
    return `the connection to the database at ${host} is not encrypted, because "connection_url" has no sslmode: set sslmode=verify-full. A later version will refuse this; if the network is trusted, set sslmode=disable`
  if (mode === 'disable')
    return `the connection to the database at ${host} is not encrypted: sslmode=disable`
  if (CHECKED.includes(mode)) return undefined
  throw new Invalid(
    `"connection_url" has sslmode=${mode}, with which the server is not verified: set sslmode=verify-full`,
  )
}

function requireOnce(given: URLSearchParams, names: readonly string[]): void {
  const twice = names.find(name => given.getAll(name).length > 1)
  if (twice !== undefined) throw new Invalid(`"connection_url" has ${twice} more than once`)
}

/** Whether TLS is used and the server is verified. */
const usesTls = (given: URLSearchParams) =>
  ['sslcert', 'sslkey', 'sslrootcert'].some(name => given.get(name)) ||
  given.get('sslnegotiation') === 'direct'

/** Whether the host is a Unix socket or a loopback address. */
function isHere(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  if (bare === '' || bare.startsWith('/') || bare.toLowerCase() === 'localhost') return true
  const kind = isIP(bare)
  return kind !== 0 && LOOPBACK.check(bare, kind === 6 ? 'ipv6' : 'ipv4')
}
