import { BlockList, isIPv4, isIPv6 } from 'node:net'
import { Invalid } from './invalid.ts'

declare const brand: unique symbol

/** An IP address in its one canonical form: dotted for IPv4, RFC 5952 for IPv6. Equal addresses are equal texts. */
export type IpAddress = string & { readonly [brand]: 'IpAddress' }

/**
 * Parses an IP address as Go's net.ParseIP does, so that engine, helper and Go clients agree: no zone, port or leading zero; an IPv4
 * address mapped into IPv6 is that IPv4 address. Contract §2.4.
 */
export function parseAddress(text: string): IpAddress | undefined {
  if (isIPv4(text)) return text as IpAddress
  if (!isIPv6(text) || text.includes('%')) return undefined
  const groups = groupsOf(text)
  const mapped = groups.slice(0, 5).every(group => group === 0) && groups[5] === 0xffff
  return (mapped ? dotted(groups) : compressed(groups)) as IpAddress
}

/** A link-local address without its zone: `fe80::1` for `fe80::1%eth0`. */
export const withoutZone = (text: string): string =>
  text.replace(/^(fe[89ab][\da-f]:[\da-f:.]*)%[^%\s]{1,64}$/i, '$1')

/** A block of addresses. */
export interface Cidr {
  readonly text: string
  /** Length of the prefix. */
  readonly length: number
  contains(address: IpAddress): boolean
  /** Whether `other` contains every address of this block. */
  isWithin(other: Cidr): boolean
}

/**
 * Parses a block such as `10.0.0.0/8` or `2001:db8::/32`. Bits beyond the prefix are ignored, as in Go's net.ParseCIDR.
 * A block contains no address of the other family.
 * @throws {Invalid}
 */
export function parseCidr(text: string): Cidr {
  const { address, length, family } = blockOf(text)
  const block = new BlockList()
  block.addSubnet(address, length, family)
  return {
    text,
    length,
    contains: candidate =>
      isIPv4(candidate) === (family === 'ipv4') && block.check(candidate, family),
    isWithin: other => other.length <= length && other.contains(address),
  }
}

/** A block of addresses in its one canonical form, without bits beyond the prefix. @throws {Invalid} as {@link parseCidr} */
export function canonicalCidr(text: string): string {
  const { address, length, family } = blockOf(text)
  const isFour = family === 'ipv4'
  const [groups, size] = isFour
    ? [address.split('.').map(Number), 8]
    : ([groupsOf(address), 16] as const)
  const network = groups.map((group, at) => {
    const kept = Math.min(Math.max(length - at * size, 0), size)
    return (group >> (size - kept)) << (size - kept)
  })
  return `${isFour ? network.join('.') : compressed(network)}/${length}`
}

/** Several blocks, compiled into one. */
export interface CidrList {
  readonly blocks: readonly Cidr[]
  /** Whether one of the blocks contains it; faster than asking each of them. */
  contains(address: IpAddress): boolean
}

/** Parses each text as {@link parseCidr} does. @throws {Invalid} */
export function parseCidrList(texts: readonly string[]): CidrList {
  const [four, six] = [new BlockList(), new BlockList()]
  for (const { address, length, family } of texts.map(blockOf))
    (family === 'ipv4' ? four : six).addSubnet(address, length, family)
  return {
    blocks: texts.map(parseCidr),
    contains: candidate =>
      isIPv4(candidate) ? four.check(candidate, 'ipv4') : six.check(candidate, 'ipv6'),
  }
}

interface Block {
  readonly address: IpAddress
  readonly length: number
  readonly family: 'ipv4' | 'ipv6'
}

function blockOf(text: string): Block {
  const [, host = '', length = ''] = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? []
  const address = parseAddress(host)
  const family = isIPv4(host) ? 'ipv4' : 'ipv6'
  // a mapped address has become IPv4, and its prefix no longer fits
  const bits = family === 'ipv4' ? 32 : 128
  if (!address || Number(length) > bits || (family === 'ipv6' && isIPv4(address)))
    throw new Invalid(`invalid CIDR address: ${text}`)
  return { address, length: Number(length), family }
}

/** The eight 16-bit groups of a valid IPv6 address. */
function groupsOf(text: string): readonly number[] {
  const hex = text.replace(/\d+\.\d+\.\d+\.\d+$/, quad => {
    const [a, b, c, d] = quad.split('.').map(Number) as [number, number, number, number]
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
  })
  const [head = '', tail] = hex.split('::')
  const numbers = (part: string) =>
    part === '' ? [] : part.split(':').map(group => Number.parseInt(group, 16))
  if (tail === undefined) return numbers(head)
  const [left, right] = [numbers(head), numbers(tail)]
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right]
}

const dotted = (groups: readonly number[]) =>
  groups
    .slice(6)
    .flatMap(group => [group >> 8, group & 255])
    .join('.')

/** RFC 5952 §4.2: the longest run of two or more zero groups, the first of equals, becomes `::`. */
function compressed(groups: readonly number[]): string {
  let [start, length] = [0, 1]
  for (let at = 0; at < groups.length; at++) {
    let run = 0
    while (groups[at + run] === 0) run++
    if (run > length) [start, length] = [at, run]
  }
  const hex = (part: readonly number[]) => part.map(group => group.toString(16)).join(':')
  if (length < 2) return hex(groups)
  return `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`
}
