/** Concurrent batches. */
const READS = 4

/**
 * Combines single reads into batches: all keys requested in the same turn of the event loop, or while {@link READS} batches are in flight, are
 * read together. A batch starts after all of its requests.
 */
export class BatchedReads<V> {
  readonly #read: (keys: readonly string[]) => Promise<ReadonlyMap<string, V>>
  #asked = new Map<string, PromiseWithResolvers<V | undefined>>()
  #reads = 0

  constructor(read: (keys: readonly string[]) => Promise<ReadonlyMap<string, V>>) {
    this.#read = read
  }

  get(key: string): Promise<V | undefined> {
    const answer = this.#asked.get(key) ?? Promise.withResolvers<V | undefined>()
    this.#asked.set(key, answer)
    if (this.#reads < READS && this.#asked.size === 1) setImmediate(() => this.#next())
    return answer.promise
  }

  async #next(): Promise<void> {
    if (this.#reads === READS || this.#asked.size === 0) return
    const asked = this.#asked
    this.#asked = new Map()
    this.#reads++
    try {
      const found = await this.#read([...asked.keys()])
      for (const [key, { resolve }] of asked) resolve(found.get(key))
    } catch (error) {
      for (const { reject } of asked.values()) reject(error)
    } finally {
      this.#reads--
      this.#next()
    }
  }
}
