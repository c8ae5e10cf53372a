import type { Writable } from 'node:stream'
import { isDeepStrictEqual } from 'node:util'
import { counted } from '../../shared/counted.ts'
import { Invalid } from '../../shared/invalid.ts'
import type { StorageTask } from '../cli/cli-io.ts'
import { clusterMemoryOf } from '../config/cluster-settings.ts'
import { readConfig } from '../config/config.ts'
import type { StorageSettings } from '../config/storage-settings.ts'
import { openStoreAlone } from '../open-store.ts'
import { ClusterMemory } from '../seal/cluster-memory.ts'
import { markRestored, type Restoration, restorationEntry } from '../seal/restoration.ts'
import { copyStore } from '../storage/copy.ts'
import { MOVED, movedInto, unmarkMoved } from '../storage/moved.ts'
import { databaseIn, lockIn } from '../storage/sqlite.ts'
import { backupSqlite } from '../storage/sqlite-backup.ts'
import { SqliteLock } from '../storage/sqlite-lock.ts'
import { restoreSqlite } from '../storage/sqlite-restore.ts'
import { datedBackup } from './dated-backup.ts'

export interface StorageProcess {
  readonly stdout: Writable
  readonly stderr: Writable
}

/** Milliseconds between two lines of progress. */
const PROGRESS_INTERVAL = 1000

/** Milliseconds to wait for the lock of an engine that is stopping. */
const LOCK_TIMEOUT = 5000

/**
 * Runs a task directly on the storage of an engine. Gives the exit code.
 * @throws {Invalid} if it fails, with a message for the operator
 */
export async function runStorage(
  task: StorageTask,
  { stdout, stderr }: StorageProcess,
): Promise<number> {
  stdout.write(`Success! ${await run(task, stderr)}\n`)
  return 0
}

/** Gives a message about what was done. */
async function run(task: StorageTask, stderr: Writable): Promise<string> {
  switch (task.name) {
    case 'backup':
      return `The storage was backed up to ${backup(task)}`
    case 'migrate': {
      const keys = await migrate(task.from, task.to, stderr)
      return `${counted(keys, 'key')} copied and compared. Start the engine with ${task.to}`
    }
    case 'unmark':
      await unmark(task.config)
      return `Engines can use the storage of ${task.config} again. Do not use the copy any more`
    case 'adopt':
      adopt(task.config)
      return 'The engine will accept its storage at the next start'
    case 'restore':
      return restored(await restore(task))
  }
}

type Backup = Extract<StorageTask, { name: 'backup' }>

/** Gives the file. */
function backup({ config, file, keep }: Backup): string {
  const { storage } = readConfig(config)
  if (storage.type !== 'sqlite')
    throw new Invalid(`${config}: this command backs up only storage of type "sqlite"`)
  const make = (to: string) => backupSqlite(databaseIn(storage.path), to)
  if (keep !== undefined) return datedBackup({ folder: file, keep, now: new Date() }, make)
  make(file)
  return file
}

async function migrate(from: string, to: string, stderr: Writable): Promise<number> {
  const [source, target] = [durableStorage(from), durableStorage(to)]
  if (isDeepStrictEqual(source, target))
    throw new Invalid(`${from} and ${to} have the same [storage]: nothing is to be copied`)
  await using read = await openStoreAlone(source)
  await using write = await openStoreAlone(target)
  let reportedAt = 0
  return await copyStore(read, write, (done, keys) => {
    if (performance.now() - reportedAt < PROGRESS_INTERVAL) return
    reportedAt = performance.now()
    stderr.write(`${done} ${keys} keys\n`)
  })
}

async function unmark(config: string): Promise<void> {
  await using store = await openStoreAlone(durableStorage(config))
  if ((await movedInto(store)) === undefined)
    throw new Invalid(`the storage of ${config} has not been moved`)
  await unmarkMoved(store)
}

function adopt(config: string): void {
  const memory = clusterMemoryOf(readConfig(config))
  if (!memory) throw new Invalid(`${config}: storage of type "inmem" has no identity`)
  new ClusterMemory(memory).forget()
}

/** Gives the name under which the replaced database is kept, if there was one. */
async function restore({ config, file, keepRoot }: Restore): Promise<string | undefined> {
  const storage = durableStorage(config)
  const record: Restoration = { at: Date.now(), keepRoot }
  if (file === undefined) {
    await using store = await openStoreAlone(storage)
    await markRestored(store, record)
    return undefined
  }
  if (storage.type !== 'sqlite')
    throw new Invalid(
      `${config}: restore a PostgreSQL database with its own tools, then run this command without a file`,
    )
  using _ = SqliteLock.take(lockIn(storage.path), 'alone', LOCK_TIMEOUT)
  const writes = [restorationEntry(record), [MOVED, undefined] as const]
  const database = databaseIn(storage.path)
  return restoreSqlite({ backup: file, database, now: new Date(record.at), writes })
}

type Restore = Extract<StorageTask, { readonly name: 'restore' }>

const restored = (kept: string | undefined) =>
  `The backup was restored${kept ? `; the replaced database is kept in ${kept}` : ''}. Start the engine: when it is unsealed, all tokens, leases and passwords of the backup are revoked`

/** The storage of a configuration, other than memory. @throws {Invalid} */
function durableStorage(config: string): StorageSettings {
  const { storage } = readConfig(config)
  if (storage.type === 'inmem')
    throw new Invalid(`${config}: storage of type "inmem" has no data to copy`)
  return storage
}
