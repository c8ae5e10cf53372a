import { collectGarbage } from './collect-garbage.ts'

/** Milliseconds without a large body after which the memory of those before is given back. */
const QUIET = 1000

/** What the bodies of all requests together may take up in memory. */
export class BodyBudget {
  readonly #bytes: number
  #left: number
  #quiet: NodeJS.Timeout | undefined

  constructor(bytes: number) {
    this.#bytes = bytes
    this.#left = bytes
  }

  /** A share for one request, empty at first. Disposing of it gives back what it took. */
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

  /** Without much to do, V8 would keep what large bodies took up until it needs it again. */
  #giveBack(): void {
    clearTimeout(this.#quiet)
    if (this.#left === this.#bytes) this.#quiet = setTimeout(collectGarbage, QUIET).unref()
  }
}

export interface BodyShare extends Disposable {
  /** Whether there was room for so many bytes more, which are then taken. */
  take(bytes: number): boolean
}
