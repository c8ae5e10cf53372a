import { lstatSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Invalid } from '../../shared/invalid.ts'

/** Names of copies, with the time in UTC, in whose order they are older. */
const NAME = /^postern-\d{8}T\d{6}Z\.db$/

/** The name of a copy made now. */
const nameAt = (now: Date): string =>
  `postern-${now.toISOString().replace(/[-:]/g, '').slice(0, 15)}Z.db`

interface Dated {
  /** Holds the copies. */
  readonly folder: string
  /** How many copies there may be, the new one included. */
  readonly keep: number
  readonly now: Date
}

/**
 * Makes a copy with the time in its name, and then removes the oldest of those that are too many. Nothing else in the folder is touched,
 * and nothing is removed if there is no new copy. After the clock has been set back the new one stays, although it seems old.
 * @param make writes the copy into a new file
 * @returns the file
 * @throws {Invalid} where there is no such folder, and what `make` throws
 */
export function datedBackup({ folder, keep, now }: Dated, make: (file: string) => void): string {
  if (!lstatSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new Invalid(`${folder} is not a folder: with -keep, name one for all copies`)
  const name = nameAt(now)
  make(join(folder, name))
  const others = readdirSync(folder, { withFileTypes: true })
    .filter(each => each.isFile() && NAME.test(each.name) && each.name !== name)
    .map(each => each.name)
    .sort()
  for (const old of others.slice(0, Math.max(0, others.length - keep + 1)))
    rmSync(join(folder, old))
  return join(folder, name)
}
