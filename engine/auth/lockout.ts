import { ApiError } from '../api/errors.ts'
import { LOCKOUT, type LockoutSettings } from '../api/lockout-settings.ts'

/** The most names that are counted; beyond that, the least recently failed are evicted. */
const NAMES = 65_536

interface Failures {
  readonly count: number
  readonly last: number
}

/**
 * Counts failed logins by name, whether or not the user exists. The counters are in memory, because unauthenticated clients must not
 * cause writes; so each node counts for itself, and a restart resets them.
 */
export class Lockout {
  readonly #failures = new Map<string, Failures>()
  readonly #clock: () => number

  /** @param clock milliseconds of a monotonic clock: a step of the wall clock must neither lock nor unlock a name */
  constructor(clock = () => performance.now()) {
    this.#clock = clock
  }

  /** @throws {ApiError} denied, while the name is locked */
  requireOpen(name: string, settings = LOCKOUT): void {
    const known = this.#known(name, settings)
    if (known && isLocked(known, settings) && !settings.disable)
      throw new ApiError('denied', 'permission denied')
  }

  failed(name: string, settings = LOCKOUT): void {
    const count = (this.#known(name, settings)?.count ?? 0) + 1
    // moved to the end, so that the first is the least recently failed
    this.#failures.delete(name)
    this.#failures.set(name, { count, last: this.#clock() })
    const [oldest] = this.#failures.keys()
    if (this.#failures.size > NAMES && oldest !== undefined) this.#failures.delete(oldest)
  }

  succeeded(name: string): void {
    this.#failures.delete(name)
  }

  #known(name: string, settings: LockoutSettings): Failures | undefined {
    const known = this.#failures.get(name)
    if (!known) return undefined
    const seconds = isLocked(known, settings) ? settings.duration : settings.counterReset
    if (this.#clock() - known.last < seconds * 1000) return known
    this.#failures.delete(name)
    return undefined
  }
}

const isLocked = ({ count }: Failures, { threshold }: LockoutSettings) => count >= threshold
