import type { ReadCache } from './read-cache.ts'
import type { Batch, Store } from './store.ts'
import type { Tx } from './transact.ts'

/** What was found in the cache, and the version of each entry that it was computed from. */
interface FromCache<T> {
  readonly value: T
  readonly versions: Batch['reads']
}

/**
 * Runs `work` with cached entries alone. Returns nothing if it fails, or does anything but read entries that are cached. The result may be
 * based on outdated data: nothing may follow from it but a commit that depends on these versions.
 */
export async function readFromCache<T>(
  { readCache }: Pick<Store, 'readCache'>,
  work: (tx: Tx) => Promise<T>,
): Promise<FromCache<T> | undefined> {
  if (!readCache) return undefined
  const versions = new Map<string, string>()
  try {
    return { value: await work(new CachedView({ readCache, versions }, '')), versions }
  } catch {
    // the store tells whether that is an answer
    return undefined
  }
}

interface Reading {
  readonly readCache: ReadCache
  readonly versions: Map<string, string>
}

/** A transaction that can only read what is cached. */
class CachedView implements Tx {
  readonly #reading: Reading
  readonly #prefix: string

  constructor(reading: Reading, prefix: string) {
    this.#reading = reading
    this.#prefix = prefix
  }

  async getCached(key: string) {
    const { readCache, versions } = this.#reading
    const whole = this.#prefix + key
    const entry = readCache.get(whole)?.entry
    // a commit that depends on an absence has to store a row for it
    if (!entry) return notCached()
    const { value, version } = entry
    const known = versions.get(whole) ?? version
    // it has changed between two reads
    if (known !== version) return notCached()
    versions.set(whole, version)
    return value
  }

  get = notCached
  getWritten = notCached
  list = notCached
  put = notCached
  putCached = notCached
  delete = notCached
  hasWritten = () => false

  under(prefix: string) {
    return new CachedView(this.#reading, this.#prefix + prefix)
  }
}

function notCached(): never {
  throw new Error('only what is cached can be read')
}
