import type { Writable } from 'node:stream'
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

/** Milliseconds between two lines that tell how far a copy has come. */
const PROGRESS_INTERVAL = 1000

/** Milliseconds to wait for an engine that is just ending. */
const LOCK_TIMEOUT = 5000

/**
 * Works on the storage of an engine without asking it. Gives the exit code.
 * @throws {Invalid} with a sentence for the operator who asked for it, where it cannot be done
 */
export async function runStorage(
  task: StorageTask,
  { stdout, stderr }: { readonly stdout: Writable; readonly stderr: Writable },
): Promise<number> {
  stdout.write(`Success! ${await run(task, stderr)}\n`)
  return 0
}

/** Gives a sentence about what was done. */
async function run(task: StorageTask, stderr: Writable): Promise<string> {
  switch (task.name) {
    case 'backup':
      return `The storage is copied to ${backup(task)}`
    case 'migrate': {
      const keys = await migrate(task.from, task.to, stderr)
      return `${counted(keys, 'key')} copied, and the same in both. Start the engine with ${task.to}`
    }
    case 'unmark':
      await unmark(task.config)
      return `Engines may use the storage of ${task.config} again. Do not use the copy any more`
    case 'adopt':
      adopt(task.config)
      return 'The engine will take the storage that it finds when it starts for its own'
    case 'restore':
      return restored(await restore(task))
  }
}

type Backup = Extract<StorageTask, { name: 'backup' }>

/** Gives the file. */
function backup({ config, file, keep }: Backup): string {
  const { storage } = readConfig(config)
  if (storage.type !== 'sqlite')
    throw new Invalid(`${config}: only storage of type "sqlite" is backed up with this command`)
  const make = (to: string) => backupSqlite(databaseIn(storage.path), to)
  if (keep !== undefined) return datedBackup({ folder: file, keep, now: new Date() }, make)
  make(file)
  return file
}

async function migrate(from: string, to: string, stderr: Writable): Promise<number> {
  await using read = await openStoreAlone(durableStorage(from))
  await using write = await openStoreAlone(durableStorage(to))
  let told = 0
  return await copyStore(read, write, (done, keys) => {
    if (performance.now() - told < PROGRESS_INTERVAL) return
    told = performance.now()
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
  if (!memory) throw new Invalid(`${config}: storage of type "inmem" is always new`)
  new ClusterMemory(memory).forget()
}

/** Gives the name under which the database that was there is kept, if there was one. */
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
  `The storage is that of the backup${kept ? `; the one before is kept in ${kept}` : ''}. Start the engine: when it is unsealed, all tokens, leases and passwords of the backup are ended`

/** The storage that a configuration names, which must outlive its process. */
function durableStorage(config: string): StorageSettings {
  const { storage } = readConfig(config)
  if (storage.type === 'inmem')
    throw new Invalid(`${config}: storage of type "inmem" keeps nothing that could be copied`)
  return storage
}
