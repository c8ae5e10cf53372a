import { ApiError } from '../api/errors.ts'
import { sourceOf } from './client-network.ts'

interface QueueLimits {
  /** Pieces of work that run at the same time. */
  readonly atOnce: number
  /** Pieces of work that wait: of all sources together, and of one. */
  readonly queue: number
  readonly perSource: number
}

interface QueuedWork {
  readonly begin: () => void
  readonly refuse: (error: ApiError) => void
}

/**
 * Runs work that occupies a thread of libuv's pool for long: hashing a password, deriving or generating a key. Sources (see {@link sourceOf})
 * are served in turn, so that none waits for more than one task of each other source; tasks of one source are served in order.
 */
export class LongWork {
  readonly #limits: QueueLimits
  #free: number
  #total = 0
  /** By source, in the order in which their turns come. */
  readonly #waiting = new Map<string, QueuedWork[]>()

  constructor(limits: QueueLimits) {
    this.#limits = limits
    this.#free = limits.atOnce
  }

  /**
   * Runs `work` when its turn has come. It must be what needs the thread and nothing else, and it must end.
   * @param address of the client for whom it is done
   * @throws {ApiError} busy, if too much is waiting already
   */
  async run<T>(address: string, work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--
    else await this.#turn(sourceOf(address))
    try {
      return await work()
    } finally {
      // once those who wait for this have seen what came of it
      setImmediate(() => this.#next())
    }
  }

  #turn(source: string): Promise<void> {
    const own = this.#waiting.get(source) ?? []
    const isFull = this.#total >= this.#limits.queue
    if (own.length >= this.#limits.perSource || (isFull && !this.#makeRoom(own.length)))
      throw this.#refusal(own.length)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    own.push({ begin: resolve, refuse: reject })
    this.#waiting.set(source, own)
    this.#total++
    return promise
  }

  /** Refuses what came last from the source with most in the queue, if that has more than `own`. */
  #makeRoom(own: number): boolean {
    const all = [...this.#waiting.values()]
    const longest = all.reduce((a, b) => (b.length > a.length ? b : a), [])
    // a source that would be left with as little as the one that makes room for it has no more than its share
    if (longest.length <= own + 1) return false
    const refusal = this.#refusal(longest.length)
    longest.pop()?.refuse(refusal)
    this.#total--
    return true
  }

  #refusal(own: number): ApiError {
    const share = Math.min(this.#limits.perSource, this.#limits.queue / this.#waiting.size)
    return new ApiError(
      'busy',
      'too many logins and new keys at the same time: try again in a moment',
      { retryAfter: 1, charged: own >= share },
    )
  }

  #next(): void {
    const [first] = this.#waiting
    if (!first) {
      this.#free++
      return
    }
    const [source, own] = first
    const next = own.shift()
    this.#waiting.delete(source)
    if (own.length > 0) this.#waiting.set(source, own)
    this.#total--
    next?.begin()
  }
}

/** Threads of the pool, by libuv's own rule. Files and name look-ups need them, too. */
const threads = Math.min(
  Math.max(Number.parseInt(process.env.UV_THREADPOOL_SIZE ?? '4', 10) || 1, 1),
  1024,
)

/** The pool belongs to the process, and so does this: everything that keeps a thread for long goes through it. */
export const longWork = new LongWork({
  atOnce: Math.max(1, Math.floor(threads / 2)),
  // of more, those at the end would have gone before their turn
  queue: 128,
  perSource: 32,
})
