/** An LRU cache: keeps values under keys, up to a number of them. */
export class Cache<T> {
  readonly #kept = new Map<string, T>()
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  /** What is kept for the key, or else what `make` gives, which is then kept. */
  get(key: string, make: () => T): T {
    const known = this.find(key)
    if (known !== undefined) return known
    const made = make()
    this.put(key, made)
    return made
  }

  /** What is kept for the key, if anything is. */
  find(key: string): T | undefined {
    const known = this.#kept.get(key)
    if (known !== undefined) this.put(key, known)
    return known
  }

  put(key: string, value: T): void {
    this.#kept.delete(key)
    this.#kept.set(key, value)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > this.#most && oldest !== undefined) this.#kept.delete(oldest)
  }

  delete(key: string): void {
    this.#kept.delete(key)
  }

  /** Forgets everything; gives what was kept. */
  clear(): readonly T[] {
    const values = [...this.#kept.values()]
    this.#kept.clear()
    return values
  }
}
