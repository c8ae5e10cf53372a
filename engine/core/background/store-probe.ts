import { setTimeout } from 'node:timers/promises'
import type { Store } from '../../storage/store.ts'

/** Not encrypted, so it can be read in every state. */
const KEY = 'seal/config'

/** Milliseconds: how long a probe may take, and how long its result is reused. */
const PROBE_TIMEOUT = 2000
const MAX_AGE = 1000

/** Checks whether the store answers, at most once a second, for all callers together. */
export class StoreProbe {
  readonly #store: Store
  #asked: { readonly at: number; readonly answer: Promise<boolean> } | undefined

  constructor(store: Store) {
    this.#store = store
  }

  /** Resolves within {@link PROBE_TIMEOUT}. */
  answers(): Promise<boolean> {
    const now = performance.now()
    if (!this.#asked || now - this.#asked.at >= MAX_AGE)
      this.#asked = { at: now, answer: this.#ask() }
    return this.#asked.answer
  }

  async #ask(): Promise<boolean> {
    const late = new AbortController()
    const given = this.#store.get(KEY).then(
      () => true,
      () => false,
    )
    const answer = await Promise.race([
      given,
      setTimeout(PROBE_TIMEOUT, false, { ref: false, signal: late.signal }).catch(() => false),
    ])
    late.abort()
    return answer
  }
}
