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
    return new BudgetShare(this)
  }

  /** Reserves so many bytes. Returns whether they were available. */
  take(bytes: number): boolean {
    if (bytes > this.#left) return false
    this.#left -= bytes
    return true
  }

  /** Releases what was taken. */
  release(bytes: number): void {
    this.#left += bytes
    this.#giveBack()
  }

  /** Collects garbage later: an idle V8 would keep the memory of large bodies. */
  #giveBack(): void {
    clearTimeout(this.#quiet)
    if (this.#left === this.#bytes) this.#quiet = setTimeout(collectGarbage, QUIET).unref()
  }
}

class BudgetShare implements BodyShare {
  readonly #budget: BodyBudget
  #taken = 0

  constructor(budget: BodyBudget) {
    this.#budget = budget
  }

  take(bytes: number): boolean {
    const isTaken = this.#budget.take(bytes)
    if (isTaken) this.#taken += bytes
    return isTaken
  }

  [Symbol.dispose](): void {
    if (this.#taken > 0) this.#budget.release(this.#taken)
    this.#taken = 0
  }
}

export interface BodyShare extends Disposable {
  /** Reserves so many bytes more. Returns whether they were available. */
  take(bytes: number): boolean
}
