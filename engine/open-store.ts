import { Invalid } from '../shared/invalid.ts'
import { isUnfinished } from './storage/copy.ts'
import { MemoryStore } from './storage/memory.ts'
import { PostgresStore } from './storage/postgres.ts'
import { SqliteStore } from './storage/sqlite.ts'
import { type Store, StoreUnavailable } from './storage/store.ts'
import type { StorageSettings } from './storage-settings.ts'

/**
 * Opens the store that the settings name.
 * @throws {Invalid} with a sentence for the person who wrote them, where it cannot be used, or is a copy that is not whole
 */
export async function openStore(settings: StorageSettings): Promise<Store> {
  await using opened = new AsyncDisposableStack()
  const store = opened.use(await openAnyStore(settings))
  if (await isUnfinished(store))
    throw new Invalid(
      'the storage is a copy that is not whole: run "postern operator migrate" again, which goes on with it',
    )
  opened.move()
  return store
}

/** The same, and also what is not whole: for whoever goes on with the copy. */
export async function openAnyStore(settings: StorageSettings): Promise<Store> {
  if (settings.type === 'postgresql') return PostgresStore.open(settings).catch(explain)
  return settings.type === 'sqlite' ? SqliteStore.open(settings.path) : new MemoryStore()
}

function explain(error: unknown): never {
  if (!(error instanceof StoreUnavailable)) throw error
  const { cause } = error
  // a host with several addresses has failed several times
  const causes = cause instanceof AggregateError ? cause.errors : [cause]
  const why = causes.map(each => (each instanceof Error ? each.message : String(each)))
  throw new Invalid(`cannot use the database: ${why.join('; ')}`, { cause: error })
}
