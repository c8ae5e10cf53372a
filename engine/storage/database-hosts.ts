import { Invalid } from '../../shared/invalid.ts'

/** Values of `target_session_attrs` with which only a server that takes writes is used, as is always done here. */
const WRITABLE = ['read-write', 'primary']

/** Settings of libpq that choose among hosts. The driver does not know them. */
const CHOICE = ['host', 'port', 'target_session_attrs', 'load_balance_hosts']

/** A connection URL in its parts: scheme and slashes, user and password with their `@`, hosts, path, and query. */
const PARTS = /^(postgres(?:ql)?:\/\/)([^/?#]*@)?([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?$/i

/** A host of the authority of a URL, and its port: a name, an address, `[IPv6]`, or an encoded path. */
const HOST = /^(\[[^\]]*\]|[^:[\]]+)(?::(\d*))?$/

/**
 * The URL of each server that a connection URL names, in its order; itself if that is one. Several are written as for libpq: `a:5432,b:5433`
 * before the path, or `host=a,b&port=5432,5433`, with one port for all of them or one for each.
 * @throws {Invalid} if several cannot be told, or it would let a standby be used. No part that may be the password is shown
 */
export function databaseUrls(url: string): readonly string[] {
  const parts = PARTS.exec(url)
  if (!parts) return [url]
  const [, scheme, user = '', authority = '', path = '', query = ''] = parts
  const given = new URLSearchParams(query)
  requireWritable(given)
  const named = [authority, given.get('host'), given.get('port'), given.get('hostaddr')]
  if (!named.some(text => text?.includes(','))) return [url]
  requireOnce(given)
  const rest = new URLSearchParams([...given].filter(([name]) => !CHOICE.includes(name)))
  const settings = rest.size === 0 ? '' : `?${rest}`
  return hostsOf(authority, given).map(host => {
    const one = `${scheme}${user}${host}${path}${settings}`
    if (!URL.canParse(one)) throw unreadable()
    return one
  })
}

function requireWritable(given: URLSearchParams): void {
  const refused = given.getAll('target_session_attrs').find(value => !WRITABLE.includes(value))
  if (refused !== undefined)
    throw new Invalid(
      `"connection_url" has target_session_attrs=${refused}, with which a standby could be used, whose data may be out of date: set target_session_attrs=read-write, which is also the default`,
    )
}

function requireOnce(given: URLSearchParams): void {
  const twice = [...CHOICE, 'hostaddr'].find(name => given.getAll(name).length > 1)
  if (twice !== undefined) throw new Invalid(`"connection_url" has ${twice} more than once`)
  if (given.has('hostaddr'))
    throw new Invalid('"connection_url" has hostaddr, which is not supported: name the hosts')
}

/** The hosts with their ports, as they are written in a URL. */
function hostsOf(authority: string, given: URLSearchParams): readonly string[] {
  const listed = given.get('host')
  const hosts = listed
    ? listed.split(',').map(host => ({ host: encoded(host), port: '' }))
    : authority.split(',').map(split)
  const ports = given.get('port')?.split(',') ?? (listed ? authorityPorts(authority) : undefined)
  if (ports && ports.length > 1 && ports.length !== hosts.length)
    throw new Invalid(
      `"connection_url" has ${ports.length} ports for ${hosts.length} hosts: write one for all, or one for each`,
    )
  return hosts.map(({ host, port }, index) => {
    if (host === '') throw unreadable()
    const chosen = (ports && (ports.length === 1 ? ports[0] : ports[index])) ?? port
    if (!/^\d*$/.test(chosen) || Number(chosen) > 65_535) throw unreadable()
    return chosen === '' ? host : `${host}:${chosen}`
  })
}

/** The port beside which hosts are listed: `postgresql://:5433/db?host=a,b`. */
const authorityPorts = (authority: string): readonly string[] | undefined => {
  const [, port] = /:(\d+)$/.exec(authority) ?? []
  return port === undefined || authority.includes(',') ? undefined : [port]
}

function split(text: string): { readonly host: string; readonly port: string } {
  const [, host, port = ''] = HOST.exec(text) ?? []
  if (host === undefined) throw unreadable()
  return { host, port }
}

const unreadable = () =>
  new Invalid(
    '"connection_url" names a host that cannot be read: write NAME, NAME:PORT or [IPV6]:PORT for each, with a comma between them',
  )

const encoded = (host: string): string =>
  host.includes(':') && !host.startsWith('/')
    ? `[${host.replace(/^\[(.*)\]$/, '$1')}]`
    : encodeURIComponent(host)
