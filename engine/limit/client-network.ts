import { isIPv6 } from 'node:net'
import { parseAddress } from '../../shared/address.ts'
import { Cache } from '../../shared/lru.ts'

/**
 * The source of requests that limits apply to: an IPv4 address, or the /64 network of an IPv6 address, since one client usually has all
 * addresses of such a network.
 */
export const sourceOf = (address: string): string => KNOWN.get(address, () => networkOf(address))

/** By address: every request needs its source, and most sources send many. */
const KNOWN = new Cache<string>(1000)

function networkOf(address: string): string {
  const canonical = parseAddress(address) ?? address
  if (!isIPv6(canonical)) return canonical
  const [head = '', tail] = canonical.split('::')
  const left = head === '' ? [] : head.split(':')
  if (tail === undefined) return left.slice(0, 4).join(':')
  const right = tail === '' ? [] : tail.split(':')
  const zeros = Array<string>(8 - left.length - right.length).fill('0')
  return [...left, ...zeros, ...right].slice(0, 4).join(':')
}
