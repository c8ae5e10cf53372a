import type { Writable } from 'node:stream'
import { Invalid } from '../shared/invalid.ts'
import type { StorageTask } from './cli/world.ts'
import { readConfig } from './config.ts'
import { openAnyStore, openStore } from './open-store.ts'
import { copyStore } from './storage/copy.ts'
import { databaseIn } from './storage/sqlite.ts'
import { backupSqlite } from './storage/sqlite-backup.ts'
import type { StorageSettings } from './storage-settings.ts'

/** Milliseconds between two lines that tell how far a copy has come. */
const PAUSE = 1000

/**
 * Works on the storage of an engine without asking it. Gives the exit code.
 * @throws {Invalid} with a sentence for the person who asked for it, where it cannot be done
 */
export async function runStorage(
  task: StorageTask,
  { stdout, stderr }: { readonly stdout: Writable; readonly stderr: Writable },
): Promise<number> {
  if (task.name === 'backup') {
    backup(task.config, task.file)
    stdout.write(`Success! The storage is copied to ${task.file}\n`)
  } else {
    const keys = await migrate(task.from, task.to, stderr)
    stdout.write(
      `Success! ${keys} keys are copied, and the same in both. Start the engine with ${task.to}\n`,
    )
  }
  return 0
}

function backup(config: string, file: string): void {
  const { storage } = readConfig(config)
  if (storage.type !== 'sqlite')
    throw new Invalid(`${config}: only storage of type "sqlite" is backed up with this command`)
  backupSqlite(databaseIn(storage.path), file)
}

async function migrate(from: string, to: string, stderr: Writable): Promise<number> {
  await using read = await openStore(lasting(from))
  await using write = await openAnyStore(lasting(to))
  let told = 0
  return await copyStore(read, write, (done, keys) => {
    if (performance.now() - told < PAUSE) return
    told = performance.now()
    stderr.write(`${done} ${keys} keys\n`)
  })
}

/** The storage that a configuration names, which must outlive its process. */
function lasting(config: string): StorageSettings {
  const { storage } = readConfig(config)
  if (storage.type === 'inmem')
    throw new Invalid(`${config}: storage of type "inmem" keeps nothing that could be copied`)
  return storage
}
