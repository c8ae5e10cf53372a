import { type Cidr, parseAddress, parseCidr } from '../../shared/address.ts'

/** Whether a token that is bound to blocks of addresses may be used from an address; one without bounds may from anywhere. */
export function isWithin(bounds: readonly string[], from: string): boolean {
  const address = parseAddress(from)
  return (
    bounds.length === 0 ||
    (address !== undefined && bounds.some(each => parseBound(each).contains(address)))
  )
}

/** Reads a block that a token is bound to; an address alone is a block of one. @throws {Invalid} */
export function parseBound(text: string): Cidr {
  const address = parseAddress(text)
  if (!address) return parseCidr(text)
  return parseCidr(`${address}/${address.includes(':') ? 128 : 32}`)
}

/** Whether every address of some blocks is in one of the others; of no blocks at all only if there are no others either. */
export function isSubset(blocks: readonly string[], of: readonly string[]): boolean {
  if (of.length === 0) return true
  const others = of.map(parseBound)
  return (
    blocks.length > 0 &&
    blocks.map(parseBound).every(block => others.some(other => block.isWithin(other)))
  )
}

/**
 * The blocks of addresses that are in both of two lists, of which an empty one is all addresses; undefined if there is no such address.
 * Of two blocks one is within the other, or they have nothing in common.
 */
export function inBoth(
  some: readonly string[],
  others: readonly string[],
): readonly string[] | undefined {
  if (some.length === 0 || others.length === 0) return some.length === 0 ? others : some
  const [left, right] = [some.map(parseBound), others.map(parseBound)]
  const both = [
    ...left.filter(block => right.some(other => block.isWithin(other))),
    ...right.filter(block => left.some(other => block.isWithin(other))),
  ]
  return both.length > 0 ? [...new Set(both.map(({ text }) => text))] : undefined
}
