import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const DEBIAN = '/usr/lib/postgresql'

/**
 * Where a program of PostgreSQL is: in PATH, or in Debian's folder for the newest version, which is no folder that is searched. The version
 * that `POSTERN_TEST_POSTGRESQL` names is that of postgresql/install.
 */
export function postgresProgram(name: string): string {
  const found = folders()
    .map(folder => join(folder, name))
    .find(existsSync)
  if (!found)
    throw new Error(`${name} is missing: install PostgreSQL, on Debian: apt-get install postgresql`)
  return found
}

function folders(): readonly string[] {
  const version = process.env.POSTERN_TEST_POSTGRESQL
  if (version !== undefined) return [folderOf(version)]
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN) : []
  return [
    ...(process.env.PATH ?? '').split(delimiter),
    ...versions.toSorted((a, b) => Number(b) - Number(a)).map(each => join(DEBIAN, each, 'bin')),
  ]
}

const fetched = new Map<string, string>()

/** The folder with the programs of a version, which pip fetches if Debian has installed no such version. */
function folderOf(version: string): string {
  const debian = join(DEBIAN, version, 'bin')
  if (existsSync(debian)) return debian
  let folder = fetched.get(version)
  if (folder === undefined) {
    folder = execFileSync(join(import.meta.dirname, 'postgresql/install'), [version], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    }).trim()
    fetched.set(version, folder)
  }
  return folder
}
