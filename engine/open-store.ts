import { Invalid } from '../shared/invalid.ts'
import type { StorageSettings } from './config/storage-settings.ts'
import { isUnfinished } from './storage/copy.ts'
import type { Database } from './storage/database.ts'
import { MemoryStore } from './storage/memory.ts'
import { movedInto } from './storage/moved.ts'
import { PostgresStore } from './storage/postgres.ts'
import { SqliteStore } from './storage/sqlite.ts'
import type { LockMode } from './storage/sqlite-lock.ts'
import { type Store, StoreUnavailable } from './storage/store.ts'

/** What a database is reported to. */
export type StoreReports = Required<Pick<Database, 'raised' | 'lookedUp'>>

/**
 * Opens a store that other engines may have open, too.
 * @throws {Invalid} with a sentence for the operator, if the store cannot be used, is an incomplete copy, or has been migrated
 */
export async function openStore(settings: StorageSettings, reports?: StoreReports): Promise<Store> {
  await using opened = new AsyncDisposableStack()
  const store = opened.use(await open(settings, 'shared', reports))
  if (await isUnfinished(store))
    throw new Invalid(
      'the storage is an incomplete copy: run "postern operator migrate" again to complete it',
    )
  if ((await movedInto(store)) !== undefined)
    throw new Invalid(
      'the storage has been moved elsewhere by "postern operator migrate": start the engine with the new configuration. To return to this one, and lose all changes since: "postern operator migrate -config=FILE -reset"',
    )
  opened.move()
  return store
}

/**
 * Opens the store, in any state, for a command that works on all of it. An SQLite store must not be open in an engine.
 * @throws {Invalid} if it cannot be used
 */
export const openStoreAlone = (settings: StorageSettings): Promise<Store> => open(settings, 'alone')

async function open(
  settings: StorageSettings,
  mode: LockMode,
  reports?: StoreReports,
): Promise<Store> {
  if (settings.type === 'postgresql')
    return PostgresStore.open({
      ...settings,
      ...reports,
      isCommand: mode === 'alone',
    }).catch(explain)
  return settings.type === 'sqlite' ? SqliteStore.open(settings.path, { mode }) : new MemoryStore()
}

function explain(error: unknown): never {
  if (!(error instanceof StoreUnavailable)) throw error
  const { cause } = error
  // one error for each address of the host
  const causes = cause instanceof AggregateError ? cause.errors : [cause]
  const why = causes.map(each => (each instanceof Error ? each.message : String(each)))
  throw new Invalid(`cannot use the database: ${why.join('; ')}`, { cause: error })
}
