/** A request for a slot. */
export interface Ticket {
  /** The share that the slot counts against; undefined for work that may use every slot. */
  readonly share: string | undefined
}

interface Bounds {
  /** The number of slots. */
  readonly atOnce: number
  /** Slots that are reserved for tickets without a share. */
  readonly kept: number
  /** The most slots of one share. */
  readonly perShare: number
}

interface Waiting {
  readonly ticket: Ticket
  share: string | undefined
  /** Called with the share that the slot counts against. */
  readonly begin: (share: string | undefined) => void
}

/**
 * A fair semaphore: each share has at most its part of the slots, and some slots are reserved for tickets without a share. The next slot
 * goes to a ticket without a share, or else to the one whose share has the fewest slots.
 */
export class Semaphore {
  #bounds: Bounds
  readonly #waiting: Waiting[] = []
  /** Slots in use: of each share, of all shares together, and in total. */
  readonly #used = new Map<string, number>()
  #shared = 0
  #all = 0

  constructor(bounds: Bounds) {
    this.#bounds = bounds
  }

  async use<T>(ticket: Ticket, work: () => Promise<T>): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<string | undefined>()
    this.#waiting.push({ ticket, share: ticket.share, begin: resolve })
    this.#beginAll()
    const share = await promise
    try {
      return await work()
    } finally {
      this.#count(share, -1)
      this.#beginAll()
    }
  }

  /** Removes the share of a waiting ticket, so that it is next. */
  hasten(ticket: Ticket): void {
    const waiting = this.#waiting.find(each => each.ticket === ticket)
    if (waiting) waiting.share = undefined
    this.#beginAll()
  }

  /** Lowers the number of slots to `most`; work in progress continues. */
  narrow(most: number): void {
    const atOnce = Math.max(1, Math.min(most, this.#bounds.atOnce))
    this.#bounds = { ...this.#bounds, atOnce, kept: Math.min(this.#bounds.kept, atOnce - 1) }
  }

  #beginAll(): void {
    for (;;) {
      const next = this.#next()
      if (!next) return
      this.#waiting.splice(this.#waiting.indexOf(next), 1)
      this.#count(next.share, 1)
      next.begin(next.share)
    }
  }

  #next(): Waiting | undefined {
    if (this.#all >= this.#bounds.atOnce) return undefined
    const first = this.#waiting.find(({ share }) => share === undefined)
    if (first) return first
    if (this.#shared >= this.#bounds.atOnce - this.#bounds.kept) return undefined
    let [best, fewest] = [undefined as Waiting | undefined, this.#bounds.perShare]
    for (const each of this.#waiting) {
      const used = this.#used.get(each.share ?? '') ?? 0
      if (used < fewest) [best, fewest] = [each, used]
    }
    return best
  }

  #count(share: string | undefined, by: 1 | -1): void {
    this.#all += by
    if (share === undefined) return
    this.#shared += by
    const used = (this.#used.get(share) ?? 0) + by
    if (used > 0) this.#used.set(share, used)
    else this.#used.delete(share)
  }
}
