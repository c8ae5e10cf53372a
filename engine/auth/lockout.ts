import { ApiError } from '../api/errors.ts'
import { LOCKOUT, type LockoutSettings } from '../api/lockout-settings.ts'

/** The names that are kept in mind; of more, those that failed first are forgotten. */
const NAMES = 65_536

interface Failures {
  readonly count: number
  readonly last: number
}

/**
 * Counts wrong passwords by name, whether anybody has that name or not. In memory, because strangers must not be able to make a
 * server write; so each node counts for itself, and forgets when it is started again.
 */
export class Lockout {
  readonly #failures = new Map<string, Failures>()
  readonly #clock: () => number

  /** @param clock milliseconds of a clock that nobody can set: a step of the wall clock must neither lock anybody out nor let in */
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
    // at the end again, so that the first is the one that failed longest ago
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
