import { Invalid } from '../shared/invalid.ts'
import { isUnfinished } from './storage/copy.ts'
import { MemoryStore } from './storage/memory.ts'
import { SqliteStore } from './storage/sqlite.ts'
import type { Store } from './storage/store.ts'
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
  return settings.type === 'sqlite' ? SqliteStore.open(settings.path) : new MemoryStore()
}
