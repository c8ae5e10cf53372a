import { type Cidr, parseAddress, parseCidr } from '../../shared/address.ts'

/** Whether an address is within the CIDR blocks that a token is bound to; without blocks, any address is. */
export function isWithin(bounds: readonly string[], from: string): boolean {
  if (bounds.length === 0) return true
  const address = parseAddress(from)
  return address !== undefined && bounds.some(each => parseBound(each).contains(address))
}

/** Parses a CIDR block; a single address is a block of itself. @throws {Invalid} */
export function parseBound(text: string): Cidr {
  const address = parseAddress(text)
  if (!address) return parseCidr(text)
  return parseCidr(`${address}/${address.includes(':') ? 128 : 32}`)
}

/** Whether all blocks are within the others. No blocks stand for any address. */
export function isSubset(blocks: readonly string[], of: readonly string[]): boolean {
  if (of.length === 0) return true
  const others = of.map(parseBound)
  return (
    blocks.length > 0 &&
    blocks.map(parseBound).every(block => others.some(other => block.isWithin(other)))
  )
}

/**
 * The intersection of two lists of blocks, where an empty list stands for any address; undefined if it is empty. Of two blocks, one is
 * within the other or they are disjoint.
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
