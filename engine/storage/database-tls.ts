import { BlockList, isIP } from 'node:net'
import { Invalid } from '../../shared/invalid.ts'

/** All of them are held to the same: a certificate of an authority that is trusted, with the name of the server. */
const CHECKED = ['verify-full', 'verify-ca', 'require', 'prefer']

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

/**
 * Checks how a database on another machine is reached. Gives a warning where nothing is encrypted because the URL says so, or says nothing.
 * @throws {Invalid} where TLS would not be checked, or it cannot be told what is meant
 */
export function databaseWarning(url: string, environment = process.env): string | undefined {
  const { hostname, searchParams: given } = new URL(url)
  requireOnce(given, ['host'])
  const host = given.get('host') || decodeURIComponent(hostname) || environment.PGHOST || ''
  if (isHere(host)) return undefined
  requireOnce(given, ['sslmode', 'ssl', 'uselibpqcompat'])
  const [mode, ssl] = [given.get('sslmode') ?? environment.PGSSLMODE, given.get('ssl')]
  if (ssl !== null && (mode !== undefined || !/^(?:true|1)$/.test(ssl)))
    throw new Invalid('"connection_url" has ssl: leave it out, and write sslmode=verify-full')
  if (given.get('uselibpqcompat') === 'true' && mode !== 'verify-full' && mode !== 'disable')
    throw new Invalid(
      '"connection_url" has uselibpqcompat, with which the name of the server is not checked: leave it out, or write sslmode=verify-full',
    )
  if (mode === undefined && (ssl !== null || usesTls(given))) return undefined
  if (mode === undefined)
    return `the connection to the database at ${host} is not encrypted, because "connection_url" has no sslmode: write sslmode=verify-full. A later version will refuse this; where the network is trusted, write sslmode=disable`
  if (mode === 'disable')
    return `the connection to the database at ${host} is not encrypted: sslmode=disable`
  if (CHECKED.includes(mode)) return undefined
  throw new Invalid(
    `"connection_url" has sslmode=${mode}, with which the server is not checked: write sslmode=verify-full`,
  )
}

function requireOnce(given: URLSearchParams, names: readonly string[]): void {
  const twice = names.find(name => given.getAll(name).length > 1)
  if (twice !== undefined) throw new Invalid(`"connection_url" has ${twice} more than once`)
}

/** These alone have TLS used, and checked. */
const usesTls = (given: URLSearchParams) =>
  ['sslcert', 'sslkey', 'sslrootcert'].some(name => given.get(name)) ||
  given.get('sslnegotiation') === 'direct'

/** A socket, or an address of this machine that no other can take. */
function isHere(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  if (bare === '' || bare.startsWith('/') || bare.toLowerCase() === 'localhost') return true
  const kind = isIP(bare)
  return kind !== 0 && LOOPBACK.check(bare, kind === 6 ? 'ipv6' : 'ipv4')
}
