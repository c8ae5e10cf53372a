import type { ReplyKey } from './reply-keys.ts'

/** Milliseconds for which a key signs health checks without being looked up in the store. */
const FRESH = 60_000

/** The keys that signed last, by id of the mount, so that health checks are answered without the store. */
export class RememberedReplyKeys {
  readonly #keys = new Map<string, { readonly key: ReplyKey; readonly at: number }>()
  readonly #clock: () => number

  /** @param clock monotonic, in milliseconds */
  constructor(clock = () => performance.now()) {
    this.#clock = clock
  }

  put(mountId: string, key: ReplyKey): void {
    this.#keys.set(mountId, { key, at: this.#clock() })
  }

  get(mountId: string): ReplyKey | undefined {
    const found = this.#keys.get(mountId)
    if (found && this.#clock() - found.at < FRESH) return found.key
    this.#keys.delete(mountId)
    return undefined
  }

  /** Forgets all of them, since they hold secrets. */
  clear(): void {
    this.#keys.clear()
  }
}
