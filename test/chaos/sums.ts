import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Result } from './results.ts'
import { STORAGES, type StorageName } from './site.ts'

/** The sum of all runs that docs/proof.md shows; docs/proof.json. */
export interface Sums {
  readonly kinds: readonly Kind[]
  /** How many disturbances were made with each commit of the source. */
  readonly commits: Readonly<Record<string, number>>
  /** Versions of Node.js and the databases that were run. */
  readonly versions: readonly string[]
}

/** All disturbances of one kind on one storage. */
export interface Kind {
  readonly storage: StorageName
  readonly disturbance: string
  readonly acknowledged: number
  readonly lost: number
  readonly spentTwice: number
  readonly other: number
  readonly unknown: number
  /** Milliseconds until all nodes served again, of each, in ascending order. */
  readonly served: readonly number[]
}

const SUMS_FILE = join(import.meta.dirname, '../../docs/proof.json')

export function readSums(): Sums {
  const { commits, versions, kinds } = JSON.parse(readFileSync(SUMS_FILE, 'utf8')) as Written
  return {
    commits,
    versions: versions.split(', '),
    kinds: kinds.map(kind => ({ ...kind, served: kind.served.split(' ').map(Number) })),
  }
}

export function writeSums({ commits, versions, kinds }: Sums): void {
  const written: Written = {
    commits,
    versions: versions.join(', '),
    kinds: kinds.map(kind => ({ ...kind, served: kind.served.join(' ') })),
  }
  writeFileSync(SUMS_FILE, `${JSON.stringify(written, undefined, 2)}\n`)
}

/** As the file has it: each list on one line. */
interface Written {
  readonly commits: Sums['commits']
  readonly versions: string
  readonly kinds: readonly (Omit<Kind, 'served'> & { readonly served: string })[]
}

/** How many disturbances of these storages there were. */
export const timesIn = ({ kinds }: Sums, storages: readonly StorageName[] = STORAGES): number =>
  total(
    kinds.filter(({ storage }) => storages.includes(storage)),
    ({ served }) => served.length,
  )

export const total = (kinds: readonly Kind[], of: (kind: Kind) => number): number =>
  kinds.reduce((sum, kind) => sum + of(kind), 0)

/** Adds results to sums. */
export function added(sums: Sums, results: readonly Result[]): Sums {
  const kinds = new Map(sums.kinds.map(kind => [nameOf(kind), kind]))
  const commits = new Map(Object.entries(sums.commits))
  for (const result of results) {
    kinds.set(nameOf(result), withOne(kinds.get(nameOf(result)), result))
    commits.set(result.commit, (commits.get(result.commit) ?? 0) + 1)
  }
  const versions = new Set([...sums.versions, ...results.flatMap(result => result.versions)])
  return {
    kinds: [...kinds.values()].toSorted(byName),
    commits: Object.fromEntries(commits),
    versions: [...versions].toSorted(),
  }
}

const nameOf = ({ storage, disturbance }: Pick<Kind, 'storage' | 'disturbance'>) =>
  `${STORAGES.indexOf(storage)} ${disturbance}`

const byName = (a: Kind, b: Kind) => (nameOf(a) < nameOf(b) ? -1 : 1)

function withOne(kind: Kind | undefined, result: Result): Kind {
  const { storage, disturbance } = result
  return {
    storage,
    disturbance,
    acknowledged: (kind?.acknowledged ?? 0) + result.acknowledged,
    lost: (kind?.lost ?? 0) + result.lost,
    spentTwice: (kind?.spentTwice ?? 0) + result.spentTwice,
    other: (kind?.other ?? 0) + result.other,
    unknown: (kind?.unknown ?? 0) + result.unknown,
    served: [...(kind?.served ?? []), Math.round(result.served)].toSorted((a, b) => a - b),
  }
}
