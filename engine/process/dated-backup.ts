import { lstatSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Invalid } from '../../shared/invalid.ts'

/** Names of backups, with the time in UTC, so that they sort by age. */
const NAME = /^postern-\d{8}T\d{6}Z\.db$/

/** The name of a backup made now. */
const nameAt = (now: Date): string =>
  `postern-${now.toISOString().replace(/[-:]/g, '').slice(0, 15)}Z.db`

interface Dated {
  /** Directory of the backups. */
  readonly folder: string
  /** Number of backups to keep, the new one included. */
  readonly keep: number
  readonly now: Date
}

/**
 * Makes a backup with the time in its name, and then deletes the oldest backups beyond `keep`. Other files in the directory are left alone,
 * and nothing is deleted if the backup fails. The new one is kept even if the clock was set back.
 * @param make writes the backup to a new file
 * @returns the file
 * @throws {Invalid} if the directory does not exist, and whatever `make` throws
 */
export function datedBackup({ folder, keep, now }: Dated, make: (file: string) => void): string {
  if (!lstatSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new Invalid(`${folder} is not a directory: -keep requires one for all backups`)
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
