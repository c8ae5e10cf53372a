import type { ReplyKey } from './reply-keys.ts'

/** Milliseconds for which a key signs health checks without being looked up in the store. */
const FRESH = 60_000

/** What the store said last. */
interface Found {
  /** None where a node of an older version has made the mount. */
  readonly key: ReplyKey | undefined
  readonly at: number
}

/** The keys that signed last, by id of the mount, so that health checks are answered without the store. */
export class RememberedReplyKeys {
  readonly #keys = new Map<string, Found>()
  readonly #clock: () => number

  /** @param clock monotonic, in milliseconds */
  constructor(clock = () => performance.now()) {
    this.#clock = clock
  }

  put(mountId: string, key: ReplyKey | undefined): void {
    this.#keys.set(mountId, { key, at: this.#clock() })
  }

  /** Undefined where the store has to be asked. */
  get(mountId: string): Found | undefined {
    const found = this.#keys.get(mountId)
    if (found && this.#clock() - found.at < FRESH) return found
    this.#keys.delete(mountId)
    return undefined
  }

  /** Forgets all of them, since they hold secrets. */
  clear(): void {
    this.#keys.clear()
  }
}
