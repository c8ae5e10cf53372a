/** Requests that are begun in one iteration of the event loop. */
const AT_ONCE = 16

/**
 * A queue of requests, served round-robin by source, so that a source that sends many does not delay others. After each batch the
 * event loop runs once, for I/O and timers.
 */
export class Turns {
  /** By source, in the order of their turns. */
  readonly #waiting = new Map<string, (() => void)[]>()
  #isPlanned = false

  /** Resolves when a request of this source may begin. */
  next(source: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const own = this.#waiting.get(source)
    if (own) own.push(resolve)
    else this.#waiting.set(source, [resolve])
    this.#plan()
    return promise
  }

  #plan(): void {
    if (this.#isPlanned || this.#waiting.size === 0) return
    this.#isPlanned = true
    setImmediate(() => {
      this.#isPlanned = false
      for (let begun = 0; begun < AT_ONCE; begun++) this.#begin()
      this.#plan()
    })
  }

  #begin(): void {
    const [first] = this.#waiting
    if (!first) return
    const [source, own] = first
    const begin = own.shift()
    this.#waiting.delete(source)
    if (own.length > 0) this.#waiting.set(source, own)
    begin?.()
  }
}
