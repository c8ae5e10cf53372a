/** Who waits for a slot. */
export interface Ticket {
  /** What the slot counts against; none for what may use every slot. */
  readonly share: string | undefined
}

interface Bounds {
  /** Things that happen at the same time. */
  readonly atOnce: number
  /** Of these, what is kept for tickets without a share. */
  readonly kept: number
  /** Of these, what one share may have. */
  readonly perShare: number
}

interface Waiting {
  readonly ticket: Ticket
  share: string | undefined
  /** Is told what the slot counts against. */
  readonly begin: (share: string | undefined) => void
}

/**
 * A concurrency limit that is shared: no share has more than its part, and some slots are kept for what must not wait for others. Of those
 * who wait, one without a share is next, then the one whose share has the fewest slots.
 */
export class Semaphore {
  #bounds: Bounds
  readonly #waiting: Waiting[] = []
  /** Slots that are in use: by share, and of all shares together, and of all. */
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

  /** Takes its share away from a ticket that waits, so that it is next. */
  hasten(ticket: Ticket): void {
    const waiting = this.#waiting.find(each => each.ticket === ticket)
    if (waiting) waiting.share = undefined
    this.#beginAll()
  }

  /** Lets no more than `most` things happen at the same time from now on; what has begun goes on. */
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
