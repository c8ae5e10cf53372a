import { setTimeout as pause } from 'node:timers/promises'
import { attempt } from '../../../shared/result.ts'
import type { Prelude } from '../../api/call.ts'
import { ApiError } from '../../api/errors.ts'
import { sourceOf } from '../../limit/client-network.ts'
import { outsideBudget } from '../../storage/wait-budget.ts'
import { type Found, type Otp, otps } from './otps.ts'

/** Milliseconds between two looks at the store. */
const INTERVAL = 500

/** Requests that may wait at the same time, each of which holds a connection: a quarter of what the listener takes. */
const LIMITS = { together: 1024, perSource: 128 }

/** Where a waiting request comes from, and how it reads the store. */
export type Place = Pick<Prelude, 'mount' | 'address' | 'transact' | 'isHeard'>

interface Wait extends Place {
  readonly id: string
  /** The record as the request has seen it, as JSON. */
  readonly seen: string
  end(): void
}

/** Requests that wait until something happens to a password. All of one process share one look at the store, twice a second. */
export class OtpWaits {
  readonly #waiting = new Set<Wait>()
  readonly #limits: typeof LIMITS
  readonly #interval: number
  #isWatching = false
  #isClosed = false

  constructor({ interval = INTERVAL, limits = LIMITS } = {}) {
    this.#interval = interval
    this.#limits = limits
  }

  /**
   * Resolves when the record has changed, when the time is over, or when there is no more sense in waiting: the client has gone, the
   * store cannot be read, or the server is being sealed or stopped. The caller reads what is there then.
   * @throws {ApiError} busy, if too many wait already
   */
  async untilChange({ id, otp }: Found, place: Place, milliseconds: number): Promise<void> {
    if (this.#isClosed || milliseconds <= 0) return
    this.#requireRoom(sourceOf(place.address))
    const { promise, resolve } = Promise.withResolvers<void>()
    const { mount, address, transact, isHeard } = place
    const seen = JSON.stringify(otp)
    const wait: Wait = { mount, address, transact, isHeard, id, seen, end: resolve }
    this.#waiting.add(wait)
    const timer = setTimeout(resolve, milliseconds)
    // not for the request alone that happens to be the first
    if (!this.#isWatching) void outsideBudget(() => this.#watch())
    await promise
    clearTimeout(timer)
    this.#waiting.delete(wait)
  }

  /** How many requests wait. */
  get count(): number {
    return this.#waiting.size
  }

  /** Ends all waits, as when the server is sealed. */
  end(): void {
    for (const wait of this.#waiting) wait.end()
  }

  /** Ends all waits, and has nobody wait any more: the server is being stopped. */
  close(): void {
    this.#isClosed = true
    this.end()
  }

  #requireRoom(source: string): void {
    const { together, perSource } = this.#limits
    const own = [...this.#waiting].filter(({ address }) => sourceOf(address) === source).length
    if (this.#waiting.size >= together || own >= perSource)
      throw new ApiError('busy', 'too many requests wait already; ask without wait, or later', {
        retryAfter: 1,
      })
  }

  async #watch(): Promise<void> {
    this.#isWatching = true
    while (this.#waiting.size > 0) {
      await pause(this.#interval, undefined, { ref: false })
      await this.#look()
    }
    this.#isWatching = false
  }

  async #look(): Promise<void> {
    for (const wait of this.#waiting) if (wait.isHeard?.() === false) wait.end()
    const byMount = Map.groupBy(this.#waiting, ({ mount }) => mount.id)
    await Promise.all([...byMount.values()].map(lookAt))
  }
}

/** Ends those of one mount whose record has changed, with one transaction. */
async function lookAt(waits: readonly Wait[]): Promise<void> {
  const [first] = waits
  const ids = new Set(waits.map(({ id }) => id))
  const read = await attempt(() =>
    first?.transact(async tx => {
      const each = async (id: string) => [id, await attempt(() => otps.get(tx, id))] as const
      return new Map(await Promise.all([...ids].map(each)))
    }),
  )
  for (const wait of waits) {
    const now = read.ok ? read.value?.get(wait.id) : undefined
    if (!now?.ok || textOf(now.value) !== wait.seen) wait.end()
  }
}

const textOf = (otp: Otp | undefined) => JSON.stringify(otp)
