import { Cache } from '../../shared/lru.ts'
import type { Entry } from './entry.ts'

/** The most keys, and the size in bytes of the largest value, that are cached. */
const MOST = 1000
const LARGEST = 16_384

/** The result of a read: an entry, or that there is none. */
export interface Found {
  readonly entry: Entry | undefined
}

/**
 * An LRU cache of what was last found under keys that are read far more often than written. It may
 * be out of date, so only a transaction may build on it whose commit fails if it is.
 */
export class ReadCache {
  readonly #found = new Cache<Found>(MOST)
  readonly #written = new Cache<Entry>(MOST)

  get(key: string): Found | undefined {
    return this.#found.find(key)
  }

  /**
   * The cached plaintext of an entry that has just been read, if it was decrypted from the same ciphertext under the same key: decrypting
   * again would give the same result.
   */
  decrypted(key: string, { value, version }: Entry): Entry | undefined {
    const known = this.get(key)?.entry
    if (known?.sealed === undefined || known.version !== version) return undefined
    return Buffer.compare(known.sealed, value) === 0 ? known : undefined
  }

  put(key: string, entry: Entry | undefined): void {
    if (entry && entry.value.length > LARGEST) this.#found.delete(key)
    else this.#found.put(key, { entry })
  }

  /** What this process has last written there, if that is cached. */
  written(key: string): Entry | undefined {
    return this.#written.find(key)
  }

  /** Caches what has just been committed. It never displaces what was read. */
  putWritten(key: string, { value, version }: Entry): void {
    // a copy, as a short text shares its memory with others
    if (value.length <= LARGEST) this.#written.put(key, { value: new Uint8Array(value), version })
  }

  forget(keys: Iterable<string>): void {
    for (const key of keys) {
      this.#found.delete(key)
      this.#written.delete(key)
    }
  }

  /** Clears the cache, and overwrites the values. */
  wipe(): void {
    for (const { entry } of this.#found.clear()) entry?.value.fill(0)
    for (const { value } of this.#written.clear()) value.fill(0)
  }
}
