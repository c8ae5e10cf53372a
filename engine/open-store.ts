import { Invalid } from '../shared/invalid.ts'
import type { StorageSettings } from './config/storage-settings.ts'
import { isUnfinished } from './storage/copy.ts'
import { MemoryStore } from './storage/memory.ts'
import { movedInto } from './storage/moved.ts'
import { PostgresStore } from './storage/postgres.ts'
import { SqliteStore } from './storage/sqlite.ts'
import type { LockMode } from './storage/sqlite-lock.ts'
import { type Store, StoreUnavailable } from './storage/store.ts'

/**
 * Opens the store that the settings name, beside others.
 * @param raised told what is not durable enough in a database, and is raised for our sessions
 * @throws {Invalid} with a sentence for the operator who wrote them, where it cannot be used, is a copy that is not whole, or has been
 *   moved elsewhere
 */
export async function openStore(
  settings: StorageSettings,
  raised?: (found: string) => void,
): Promise<Store> {
  await using opened = new AsyncDisposableStack()
  const store = opened.use(await open(settings, 'shared', raised))
  if (await isUnfinished(store))
    throw new Invalid(
      'the storage is a copy that is not whole: run "postern operator migrate" again, which goes on with it',
    )
  if ((await movedInto(store)) !== undefined)
    throw new Invalid(
      'the storage has been moved elsewhere by "postern operator migrate": start the engine with the new configuration. To go back to this one, without what has been stored since: "postern operator migrate -config=FILE -reset"',
    )
  opened.move()
  return store
}

/**
 * Opens the store for a command that works on all of it, whatever state it is in. SQLite: no engine may have it open.
 * @throws {Invalid} where it cannot be used
 */
export const openStoreAlone = (settings: StorageSettings): Promise<Store> => open(settings, 'alone')

async function open(
  settings: StorageSettings,
  mode: LockMode,
  raised?: (found: string) => void,
): Promise<Store> {
  if (settings.type === 'postgresql')
    return PostgresStore.open({
      ...settings,
      ...(raised && { raised }),
      isCommand: mode === 'alone',
    }).catch(explain)
  return settings.type === 'sqlite' ? SqliteStore.open(settings.path, { mode }) : new MemoryStore()
}

function explain(error: unknown): never {
  if (!(error instanceof StoreUnavailable)) throw error
  const { cause } = error
  // a host with several addresses has failed several times
  const causes = cause instanceof AggregateError ? cause.errors : [cause]
  const why = causes.map(each => (each instanceof Error ? each.message : String(each)))
  throw new Invalid(`cannot use the database: ${why.join('; ')}`, { cause: error })
}
