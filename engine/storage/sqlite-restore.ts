import { existsSync, linkSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Invalid } from '../../shared/invalid.ts'
import { giveToOwner, privateFile, sync } from './private-file.ts'
import { backupSqlite } from './sqlite-backup.ts'
import { LOCK_TIMEOUT } from './sqlite-lock.ts'
import { SqliteWriter } from './sqlite-writer.ts'

/** Without it no engine can open what is stored. */
const SEAL = 'seal/config'

interface Restoring {
  /** File with the copy. */
  readonly backup: string
  /** File that the engine uses, which must have it alone: {@link SqliteLock}. */
  readonly database: string
  readonly now: Date
  /** What is written into the copy, and deleted from it, before it takes the place of the database. */
  readonly writes: readonly (readonly [key: string, value: Uint8Array | undefined])[]
}

/**
 * Puts a copy of a database in its place, whole or not at all. The database that was there is kept beside it. Gives its new name, if there
 * was one.
 * @throws {Invalid} where the copy is none of an engine or is damaged, or the files cannot be written; then nothing has changed
 */
export function restoreSqlite({ backup, database, now, writes }: Restoring): string | undefined {
  if (!existsSync(backup)) throw new Invalid(`${backup} is not there`)
  const draft = `${database}.restoring`
  const folder = dirname(database)
  removeAll(draft)
  try {
    // makes the folder, and says what is wrong with it
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

/** Also says whether the copy is one of an engine at all. */
function change(draft: string, backup: string, writes: Restoring['writes']): void {
  requireStore(draft, backup)
  using writer = SqliteWriter.open(draft, LOCK_TIMEOUT)
  const [outcome] = writer.commit([{ reads: [], writes }])
  if (outcome !== 'durable') throw new Invalid(`${draft} cannot be written`)
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

/** Gives the database another name. One that was not closed in good order is brought to one file first, where that is possible. */
function keep(database: string, now: Date): string | undefined {
  if (!hasContent(database)) return undefined
  const kept = `${database}.replaced-${now.toISOString().replace(/[-:]|\.\d+/g, '')}`
  linkSync(database, kept)
  // what is left of a log belongs to the old database; beside the new one SQLite would take it for its own
  for (const ending of ['-wal', '-shm'])
    if (existsSync(database + ending)) renameSync(database + ending, kept + ending)
  return kept
}

function hasContent(database: string): boolean {
  try {
    using opened = new DatabaseSync(database, { timeout: LOCK_TIMEOUT })
    const found = opened.prepare('select count(*) as tables from sqlite_schema').get()
    // the last who closes a database takes its log away
    return Number(found?.tables) > 0
  } catch {
    // damaged: a reason to restore, and not to throw away what is left
    return true
  }
}

function removeAll(draft: string): void {
  for (const ending of ['', '-wal', '-shm', '.draft']) rmSync(draft + ending, { force: true })
}
