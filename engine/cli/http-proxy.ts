import { BlockList } from 'node:net'
import { type Cidr, parseAddress, parseCidr } from '../../shared/address.ts'
import { Secret } from '../../shared/secret.ts'
import type { CliIo } from './cli-io.ts'
import { Failure } from './failure.ts'
import { variable } from './variable.ts'

/** A proxy for requests. Its URL may hold a password. */
export interface HttpProxy {
  readonly url: Secret
  /** Scheme, host and port, which are not secret. */
  readonly origin: string
}

type Environment = CliIo['environment']

/**
 * The proxy for a server, from the environment as in Go: HTTPS_PROXY for https, HTTP_PROXY for http, none for the servers in NO_PROXY and
 * for this machine. VAULT_PROXY_ADDR applies to every server.
 * @throws {Failure} that does not show a password
 */
export function proxyFor(server: URL, environment: Environment): HttpProxy | undefined {
  const forAll = variable(environment, 'PROXY_ADDR') ?? variable(environment, 'HTTP_PROXY')
  if (forAll !== undefined) return parse(forAll, 'VAULT_PROXY_ADDR')
  const name = server.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY'
  // in a CGI program this variable would be the Proxy header of a request
  if (name === 'HTTP_PROXY' && environment.REQUEST_METHOD) return undefined
  const named = either(environment, name)
  if (named === undefined || isExempt(server, either(environment, 'NO_PROXY') ?? ''))
    return undefined
  return parse(named, name)
}

const either = (environment: Environment, name: string): string | undefined =>
  [name, name.toLowerCase()].map(each => environment[each]?.trim()).find(Boolean)

function parse(text: string, name: string): HttpProxy {
  const url = URL.parse(/^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`)
  if (!url || !/^https?:$/.test(url.protocol))
    throw new Failure(
      `${name} is not the address of a proxy, such as http://proxy.example.com:3128`,
    )
  return { url: new Secret(url.href), origin: url.origin }
}

/** Whether a server is reached without a proxy. */
function isExempt({ hostname, port, protocol }: URL, list: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase()
  if (host === 'localhost' || isLoopback(host)) return true
  const wanted = port || (protocol === 'https:' ? '443' : '80')
  return list
    .split(/[\s,]+/)
    .filter(Boolean)
    .some(entry => covers(entry.toLowerCase(), host, wanted))
}

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

function isLoopback(host: string): boolean {
  const address = parseAddress(host)
  return address !== undefined && LOOPBACK.check(address, address.includes(':') ? 'ipv6' : 'ipv4')
}

/** An entry of NO_PROXY is `*`, an address, a CIDR block, or a name with its subdomains; `.name` covers only those. A port may follow. */
function covers(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true
  const address = parseAddress(host)
  const block = blockIn(entry)
  if (block) return address !== undefined && block.contains(address)
  const [, bracketed, plain, entryPort = port] = PLACE.exec(entry) ?? []
  if (entryPort !== port) return false
  const name = bracketed ?? plain ?? entry
  if (address) return parseAddress(name) === address
  const suffix = name.replace(/^\*/, '')
  return suffix.startsWith('.')
    ? host.endsWith(suffix)
    : host === suffix || host.endsWith(`.${suffix}`)
}

const PLACE = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/

function blockIn(entry: string): Cidr | undefined {
  if (!entry.includes('/')) return undefined
  try {
    return parseCidr(entry)
  } catch {
    // neither a block nor a name: it covers nothing
    return undefined
  }
}
