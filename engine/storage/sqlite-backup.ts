import { closeSync, existsSync, linkSync, openSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Invalid } from '../../shared/invalid.ts'
import { systemReason } from '../../shared/system-reason.ts'
import { sync } from './private-file.ts'
import { isDamaged, problemOf, reasonOf } from './sqlite-errors.ts'
import { LOCK_TIMEOUT } from './sqlite-lock.ts'

/**
 * Writes a consistent copy of a database to a new file that only this user can read. The database may be in use meanwhile. The copy is
 * checked, and durable.
 * @throws {Invalid} if there is no database, or the file exists already or cannot be written
 */
export function backupSqlite(database: string, file: string): void {
  if (!existsSync(database))
    throw new Invalid(`${database} does not exist: nothing has been stored`)
  if (isFolder(file))
    throw new Invalid(`${file} is a directory: name a new file in it, or give -keep=N`)
  if (existsSync(file))
    throw new Invalid(`${file} exists already, and is not overwritten: name another file`)
  const draft = `${file}.draft`
  try {
    rmSync(draft, { force: true })
    closeSync(openSync(draft, 'wx', 0o600))
    copy(database, draft)
    check(draft)
    sync(draft)
    // unlike a rename, this never replaces a file
    linkSync(draft, file)
    sync(dirname(file))
  } catch (error) {
    throw error instanceof Invalid ? error : explained(error, file)
  } finally {
    rmSync(draft, { force: true })
  }
}

const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

function copy(database: string, draft: string): void {
  try {
    using source = new DatabaseSync(database, { timeout: LOCK_TIMEOUT })
    source.prepare('vacuum into ?').run(draft)
  } catch (cause) {
    const problem = problemOf(cause)
    if (!isDamaged(problem)) throw cause
    throw new Invalid(`${database} cannot be copied: ${reasonOf(problem)}`, { cause })
  }
}

function check(draft: string): void {
  using copied = new DatabaseSync(draft)
  const found = copied.prepare('pragma quick_check(1)').get()
  if (found?.quick_check !== 'ok') throw new Invalid(`the copy is damaged: ${found?.quick_check}`)
}

function explained(cause: unknown, file: string): Invalid {
  const { syscall } = cause as NodeJS.ErrnoException
  const why = syscall === undefined ? reasonOf(problemOf(cause)) : systemReason(cause)
  return new Invalid(`${file} cannot be written: ${why}`, { cause })
}
