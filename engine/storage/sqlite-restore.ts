import { existsSync, linkSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Invalid } from '../../shared/invalid.ts'
import { giveToOwner, privateFile, sync } from './private-file.ts'
import { backupSqlite } from './sqlite-backup.ts'
import { LOCK_TIMEOUT } from './sqlite-lock.ts'
import { SqliteWriter } from './sqlite-writer.ts'

/** The record that every initialized storage has. */
const SEAL = 'seal/config'

interface Restoring {
  /** The file with the copy. */
  readonly backup: string
  /** The file that engines use; the caller holds its {@link SqliteLock} alone. */
  readonly database: string
  readonly now: Date
  /** What is written to the copy, and deleted from it, before it replaces the database. */
  readonly writes: readonly (readonly [key: string, value: Uint8Array | undefined])[]
}

/**
 * Replaces a database by a copy, atomically. The old database is kept beside it. Returns its new name, if there was one.
 * @throws {Invalid} if the copy is damaged or not from an engine, or the files cannot be written; then nothing has changed
 */
export function restoreSqlite({ backup, database, now, writes }: Restoring): string | undefined {
  if (!existsSync(backup)) throw new Invalid(`${backup} does not exist`)
  if (!statSync(backup).isFile()) throw new Invalid(`${backup} is not a regular file`)
  const draft = `${database}.restoring`
  const folder = dirname(database)
  removeAll(draft)
  try {
    // creates the directory, and checks its permissions
    privateFile(database)
    backupSqlite(backup, draft)
    giveToOwner(draft, folder)
    change(draft, backup, writes)
    sync(draft)
    const kept = keep(database, now)
    renameSync(draft, database)
    sync(folder)
    return kept
  } finally {
    removeAll(draft)
  }
}

/** Makes the writes in the copy. @throws {Invalid} if it is not from an engine */
function change(draft: string, backup: string, writes: Restoring['writes']): void {
  requireStore(draft, backup)
  using writer = SqliteWriter.open(draft, LOCK_TIMEOUT)
  const [outcome] = writer.commit([{ reads: [], writes }])
  if (typeof outcome !== 'number') throw new Invalid(`${draft} cannot be written`)
}

function requireStore(draft: string, backup: string): void {
  using copy = new DatabaseSync(draft, { readOnly: true })
  const isThere = (sql: string, ...values: string[]) =>
    copy.prepare(sql).get(...values) !== undefined
  const isStore =
    isThere("select 1 from sqlite_schema where name = 'entry'") &&
    isThere('select 1 from entry where key = ?', SEAL)
  if (!isStore) throw new Invalid(`${backup} is not the storage of an engine that was initialized`)
}

/** Renames the database. If it was not closed properly, its log is merged first, if possible. */
function keep(database: string, now: Date): string | undefined {
  if (!hasContent(database)) return undefined
  const kept = `${database}.replaced-${now.toISOString().replace(/[-:]|\.\d+/g, '')}`
  linkSync(database, kept)
  // the rest of a log belongs to the old database; SQLite would apply it to the new one
  for (const ending of ['-wal', '-shm'])
    if (existsSync(database + ending)) renameSync(database + ending, kept + ending)
  return kept
}

function hasContent(database: string): boolean {
  try {
    using opened = new DatabaseSync(database, { timeout: LOCK_TIMEOUT })
    const found = opened.prepare('select count(*) as tables from sqlite_schema').get()
    // closing the last connection to a database removes its log
    return Number(found?.tables) > 0
  } catch {
    // a damaged database is a reason to restore, and is still kept
    return true
  }
}

function removeAll(draft: string): void {
  for (const ending of ['', '-wal', '-shm', '.draft']) rmSync(draft + ending, { force: true })
}
