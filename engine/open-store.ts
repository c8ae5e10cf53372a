import { MemoryStore } from './storage/memory.ts'
import { SqliteStore } from './storage/sqlite.ts'
import type { Store } from './storage/store.ts'
import type { StorageSettings } from './storage-settings.ts'

/**
 * Opens the store that the settings name.
 * @throws {Invalid} with a sentence for the person who wrote them, where it cannot be used
 */
export async function openStore(settings: StorageSettings): Promise<Store> {
  return settings.type === 'sqlite' ? SqliteStore.open(settings.path) : new MemoryStore()
}
