import { hash } from 'node:crypto'

const BYTES = 32

/** Count and checksum of a set of names. Two sets with the same tally are the same. */
export interface Tally {
  readonly count: number
  /** In hex: the exclusive or of the keyed hashes of all names, so that single names can be added and removed. */
  readonly sum: string
}

export const NO_NAMES: Tally = { count: 0, sum: '00'.repeat(BYTES) }

/** @param key secret; with it, one could search for other names with the same sum */
export function tallyOf(key: string, names: Iterable<string>): Tally {
  const sum = Buffer.alloc(BYTES)
  let count = 0
  for (const name of names) {
    mix(sum, hash('sha256', key + name, 'buffer'))
    count++
  }
  return { count, sum: sum.toString('hex') }
}

/** The tally of the union of two disjoint sets. */
export const added = (to: Tally, more: Tally): Tally => mixed(to, more, 1)

/** The tally of a set without the names of a subset. */
export const taken = (from: Tally, less: Tally): Tally => mixed(from, less, -1)

export const isSame = (a: Tally, b: Tally): boolean => a.count === b.count && a.sum === b.sum

function mixed(a: Tally, b: Tally, sign: 1 | -1): Tally {
  const sum = Buffer.from(a.sum, 'hex')
  mix(sum, Buffer.from(b.sum, 'hex'))
  return { count: a.count + sign * b.count, sum: sum.toString('hex') }
}

function mix(into: Buffer, other: Uint8Array): void {
  for (let at = 0; at < BYTES; at++) into[at] = (into[at] ?? 0) ^ (other[at] ?? 0)
}
