/** Milliseconds after its last valid share until an attempt expires. */
const LONGEST = 3_600_000

/**
 * The lifetime of an attempt that needs shares. An attempt without a valid share is replaced by the next one; every attempt expires some time
 * after its last valid share, by the monotonic clock.
 */
export class Lifetime implements Disposable {
  readonly #longest: number
  readonly #end: () => void
  #isGood = false
  #timer: NodeJS.Timeout | undefined

  /** @param end called when the attempt expires */
  constructor(end: () => void, longest = LONGEST) {
    this.#end = end
    this.#longest = longest
    this.#arm()
  }

  /** Whether a share was entered that is known to be one of the key. */
  get isGood(): boolean {
    return this.#isGood
  }

  good(): void {
    this.#isGood = true
    this.#arm()
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
  }

  #arm(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(this.#end, this.#longest).unref()
  }
}
