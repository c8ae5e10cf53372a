import { collectGarbage } from './collect-garbage.ts'

/** Milliseconds without a large body after which memory is released. */
const QUIET = 1000

/** A limit for the memory of the large bodies of all requests together. */
export class BodyBudget {
  readonly #bytes: number
  #left: number
  #quiet: NodeJS.Timeout | undefined

  constructor(bytes: number) {
    this.#bytes = bytes
    this.#left = bytes
  }

  /** A reservation for one request, empty at first. Disposing of it releases what it took. */
  share(): BodyShare {
    let taken = 0
    return {
      take: bytes => {
        if (bytes > this.#left) return false
        this.#left -= bytes
        taken += bytes
        return true
      },
      [Symbol.dispose]: () => {
        if (taken === 0) return
        this.#left += taken
        taken = 0
        this.#giveBack()
      },
    }
  }

  /** Collects garbage later: an idle V8 would keep the memory of large bodies. */
  #giveBack(): void {
    clearTimeout(this.#quiet)
    if (this.#left === this.#bytes) this.#quiet = setTimeout(collectGarbage, QUIET).unref()
  }
}

export interface BodyShare extends Disposable {
  /** Reserves so many bytes more. Returns whether they were available. */
  take(bytes: number): boolean
}
