/** An LRU cache of at most `most` values. */
export class Cache<T> {
  readonly #kept = new Map<string, T>()
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  /** The value of the key; if there is none, `make` makes it. */
  get(key: string, make: () => T): T {
    const known = this.find(key)
    if (known !== undefined) return known
    const made = make()
    this.put(key, made)
    return made
  }

  /** The value of the key, if there is one. */
  find(key: string): T | undefined {
    const known = this.#kept.get(key)
    if (known === undefined) return undefined
    this.#kept.delete(key)
    this.#kept.set(key, known)
    return known
  }

  put(key: string, value: T): void {
    this.#kept.delete(key)
    this.#kept.set(key, value)
    if (this.#kept.size <= this.#most) return
    const [oldest] = this.#kept.keys()
    if (oldest !== undefined) this.#kept.delete(oldest)
  }

  delete(key: string): void {
    this.#kept.delete(key)
  }

  /** Removes all values, and returns them. */
  clear(): readonly T[] {
    const values = [...this.#kept.values()]
    this.#kept.clear()
    return values
  }
}
