/** Milliseconds after its last good share that an attempt ends. */
const LONGEST = 3_600_000

/**
 * How long an attempt that needs shares holds its place: one without a good share gives way to another, and any ends some time after its
 * last one. Told by the monotonic clock.
 */
export class Lifetime implements Disposable {
  readonly #longest: number
  readonly #end: () => void
  #isGood = false
  #timer: NodeJS.Timeout | undefined

  /** @param end is called when the time is over */
  constructor(end: () => void, longest = LONGEST) {
    this.#end = end
    this.#longest = longest
    this.#arm()
  }

  /** Whether a share has been brought that was known to be one of the key. */
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
