import { hash } from 'node:crypto'

const BYTES = 32

/** How many names a set has, and what they sum up to. Two sets with the same tally are the same. */
export interface Tally {
  readonly count: number
  /** In hex: the exclusive or of a keyed hash of each name, so that names can be put in and taken out one by one. */
  readonly sum: string
}

export const NO_NAMES: Tally = { count: 0, sum: '00'.repeat(BYTES) }

/** @param key secret, or somebody could look for other names with the same sum */
export function tallyOf(key: string, names: Iterable<string>): Tally {
  const sum = Buffer.alloc(BYTES)
  let count = 0
  for (const name of names) {
    mix(sum, hash('sha256', key + name, 'buffer'))
    count++
  }
  return { count, sum: sum.toString('hex') }
}

/** The tally of a set to which another has been added, none of whose names it had. */
export const added = (to: Tally, more: Tally): Tally => mixed(to, more, 1)

/** The tally of a set out of which another has been taken, all of whose names it had. */
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
