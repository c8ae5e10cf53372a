/** Requests that are begun in one turn of the event loop. What they wait for then comes in between. */
const AT_ONCE = 16

/**
 * Where requests wait to be begun. Sources take turns, so that one that sends many at a time does not keep others waiting; and after a
 * few the event loop has a turn of its own, in which answers go out and timers run.
 */
export class Turns {
  /** By source, in the order in which their turns come. */
  readonly #waiting = new Map<string, (() => void)[]>()
  #isPlanned = false

  /** Resolves when it is the turn of a request from this source. */
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
