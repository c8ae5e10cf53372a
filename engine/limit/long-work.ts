import { ApiError } from '../api/errors.ts'
import { sourceOf } from './client-network.ts'

interface QueueLimits {
  /** Tasks that run at the same time. */
  readonly atOnce: number
  /** Tasks that may wait: of all sources together, and of one. */
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
  /** By source, in the order of their turns. */
  readonly #waiting = new Map<string, QueuedWork[]>()

  constructor(limits: QueueLimits) {
    this.#limits = limits
    this.#free = limits.atOnce
  }

  /**
   * Runs `work` when its turn comes. It must do only what needs the thread, and it must end.
   * @param address of the client
   * @throws {ApiError} busy, if the queue is full
   */
  async run<T>(address: string, work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--
    else await this.#turn(sourceOf(address))
    try {
      return await work()
    } finally {
      // after the callers that await this result have continued
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

  /** Refuses the newest task of the source that has most in the queue, if it has more than `own` + 1. */
  #makeRoom(own: number): boolean {
    const all = [...this.#waiting.values()]
    const longest = all.reduce((a, b) => (b.length > a.length ? b : a), [])
    // otherwise that source has no more than its fair share
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

/** Threads of the pool, computed as libuv does. File access and name resolution need them, too. */
const threads = Math.min(
  Math.max(Number.parseInt(process.env.UV_THREADPOOL_SIZE ?? '4', 10) || 1, 1),
  1024,
)

/** One for the process, as the pool is: everything that occupies a thread for long uses it. */
export const longWork = new LongWork({
  atOnce: Math.max(1, Math.floor(threads / 2)),
  // with a longer queue, clients at its end would time out
  queue: 128,
  perSource: 32,
})
