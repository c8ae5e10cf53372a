import { createHmac, timingSafeEqual } from 'node:crypto'
import { Invalid } from '../../shared/invalid.ts'
import { Cache } from '../../shared/lru.ts'
import { type PublicKey, parsePublicKey } from './public-key.ts'

/** A line of a known_hosts file. */
export interface KnownHost {
  /** Parses the key, on demand: a file may have keys of thousands of hosts. @throws {Invalid} */
  key(): PublicKey
  /** Whether the key is marked as revoked. */
  readonly revoked: boolean
  /** Whether it applies to the host with this name, as ssh writes it: an address, or `[address]:port`. */
  matches(name: string): boolean
}

/** Requires that all of a known_hosts file can be parsed. @throws {Invalid} with the number of the line */
export function requireKnownHosts(text: string): void {
  for (const { key } of parseKnownHosts(text)) key()
}

/**
 * Parses a known_hosts file: plain and hashed names, wildcards and negation, `@revoked`. sshd(8), SSH_KNOWN_HOSTS FILE FORMAT.
 * @throws {Invalid} with the number of the line; also for `@cert-authority`, since host certificates are not supported
 */
export function parseKnownHosts(text: string): readonly KnownHost[] {
  return text
    .split('\n')
    .map((line, at) => ({ line: line.trim(), number: at + 1 }))
    .filter(({ line }) => line !== '' && !line.startsWith('#'))
    .map(({ line, number }) => located(number, () => knownHost(line, number)))
}

/** Parsed files, by their whole texts: parsing thousands of lines takes longer than searching them, and requests use the same few roles. */
const read = new Cache<readonly KnownHost[]>(32)

/** The lines of a known_hosts text that apply to the host with this name. Parsed texts are cached. @throws {Invalid} */
export function linesAbout(text: string, name: string): readonly KnownHost[] {
  return read.get(text, () => parseKnownHosts(text)).filter(each => each.matches(name))
}

/** The name of a host in known_hosts. */
export const knownName = (address: string, port: number): string =>
  port === 22 ? address : `[${address}]:${port}`

/** Adds the number of the line to errors. */
function located<T>(number: number, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    throw new Invalid(`line ${number}: ${error.message}`, { cause: error })
  }
}

function knownHost(line: string, number: number): KnownHost {
  const words = line.split(/\s+/)
  const marker = words[0]?.startsWith('@') ? words.shift() : undefined
  if (marker === '@cert-authority') throw new Invalid('host certificates are not supported')
  if (marker !== undefined && marker !== '@revoked')
    throw new Invalid(`${JSON.stringify(marker)} is not a marker`)
  const [names = '', type = '', base64 = ''] = words
  return {
    key: () => located(number, () => parsePublicKey(`${type} ${base64}`)),
    revoked: marker !== undefined,
    matches: names.startsWith('|') ? hashed(names) : listed(names),
  }
}

/** `|1|salt|hash`: a hashed name, which does not reveal the host. */
function hashed(text: string): KnownHost['matches'] {
  const [, salt = '', hash = ''] = /^\|1\|([A-Za-z0-9+/=]+)\|([A-Za-z0-9+/=]+)$/.exec(text) ?? []
  const wanted = Buffer.from(hash, 'base64')
  if (wanted.length !== 20) throw new Invalid('the hashed name is not of the form |1|salt|hash')
  return name => {
    const own = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest()
    return timingSafeEqual(own, wanted)
  }
}

function listed(text: string): KnownHost['matches'] {
  const patterns = text.split(',').filter(pattern => pattern !== '')
  const any = (name: string, some: readonly string[]) =>
    some.some(pattern => fits(pattern.toLowerCase(), name.toLowerCase()))
  const denied = patterns.filter(pattern => pattern.startsWith('!')).map(each => each.slice(1))
  const allowed = patterns.filter(pattern => !pattern.startsWith('!'))
  return name => any(name, allowed) && !any(name, denied)
}

/**
 * Whether a name matches a pattern in which `*` is any text and `?` is any character. Unlike a regular expression, which could backtrack
 * exponentially, this reads each character of the name at most once for each of the pattern.
 */
function fits(pattern: string, name: string): boolean {
  let [at, star, from] = [0, -1, 0]
  for (let read = 0; read < name.length; ) {
    if (pattern[at] === '*') [star, from] = [at++, read]
    else if (pattern[at] === '?' || pattern[at] === name[read]) [at, read] = [at + 1, read + 1]
    // let the last asterisk match one more character
    else if (star >= 0) [at, read] = [star + 1, ++from]
    else return false
  }
  while (pattern[at] === '*') at++
  return at === pattern.length
}
