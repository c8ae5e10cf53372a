import type { AbstractIPNum, RangedSet } from 'ip-num'
import { canonicalCidr } from './address.ts'

/** How many addresses of each family. */
export interface AddressCount {
  readonly four: bigint
  readonly six: bigint
}

/**
 * Counts the addresses that are in one of `blocks` and in none of `excluded`, each of them once.
 * For explanations only: it loads a library. What decides about a login asks `parseCidrList`, which needs none.
 * @throws {Invalid} for a text that is no block
 */
export async function countAddresses(
  blocks: readonly string[],
  excluded: readonly string[] = [],
): Promise<AddressCount> {
  const { IPv4CidrRange, IPv6CidrRange } = await import('ip-num')
  const sizes = (texts: readonly string[]): AddressCount => {
    const ranges = texts
      .map(canonicalCidr)
      .map(text => (text.includes(':') ? IPv6CidrRange : IPv4CidrRange).fromCidr(text).toRangeSet())
    return {
      four: unionSize(ranges.filter(({ bitValue }) => bitValue === 32n)),
      six: unionSize(ranges.filter(({ bitValue }) => bitValue === 128n)),
    }
  }
  const [either, without] = [sizes([...blocks, ...excluded]), sizes(excluded)]
  return { four: either.four - without.four, six: either.six - without.six }
}

type Range = RangedSet<AbstractIPNum>

/** Two blocks are disjoint, or one contains the other; so the sizes of the outermost ones add up. */
function unionSize(ranges: readonly Range[]): bigint {
  let [size, outer]: [bigint, Range | undefined] = [0n, undefined]
  for (const range of ranges.toSorted(outermostFirst)) {
    if (outer?.contains(range)) continue
    size += range.getSize()
    outer = range
  }
  return size
}

function outermostFirst(a: Range, b: Range): number {
  const [first, other] = [a.getFirst().getValue(), b.getFirst().getValue()]
  if (first !== other) return first < other ? -1 : 1
  return a.getSize() > b.getSize() ? -1 : 1
}
