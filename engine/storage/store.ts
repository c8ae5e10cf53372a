import { Invalid } from '../../shared/invalid.ts'
import type { Entry } from './entry.ts'
import type { ReadCache } from './read-cache.ts'

/**
 * Durable bytes by key. Keys are `/`-separated paths of well-formed Unicode; a store attaches no meaning to them.
 * Whoever opened a store disposes of it, which waits for what is in flight.
 * Every method throws {@link StoreUnavailable} where the store cannot be used now.
 */
export interface Store extends AsyncDisposable {
  /** What {@link transact} has found in it before. A store without one remembers nothing. */
  readonly recall?: ReadCache | undefined
  get(key: string): Promise<Entry | undefined>
  /**
   * The names directly under `prefix`, sorted bytewise; a name with more beneath it ends in `/`.
   * A page begins behind the name `after` and has at most `limit` names.
   */
  list(prefix: string, page?: Page): Promise<readonly string[]>
  /**
   * Makes all of `writes` durable, or none of them; when it resolves, they are.
   * @throws {Conflict} if a key in `reads` has since changed
   */
  commit(batch: Batch): Promise<void>
  /**
   * The same, while no other commit is under way: every other is made before, or sees this one. Absent where whoever opens the store can
   * have it alone.
   */
  commitAlone?(batch: Batch): Promise<void>
  /** How many connections engines have to it. Absent where whoever opens the store can have it alone. */
  engines?(): Promise<number>
  /** Milliseconds since 1970 by the store's own clock, which all who share it see. Absent where it has none. */
  time?(): Promise<number>
}

export interface Page {
  readonly after?: string
  readonly limit?: number
}

export interface Batch {
  /** Key to the version that was read; `undefined` where nothing was there. */
  readonly reads: ReadonlyMap<string, string | undefined>
  /** Key to its new value; `undefined` deletes. */
  readonly writes: ReadonlyMap<string, Uint8Array | undefined>
}

/** Somebody else wrote first. Doing the work again, on what is there now, may succeed. */
export class Conflict extends Error {
  override readonly name = 'Conflict'
}

/** A key is longer than every store takes. Clients see the message. */
export class NameTooLong extends Invalid {
  constructor(options?: ErrorOptions) {
    super('a name, or a path with the names in it, is too long to be stored', options)
  }
}

/**
 * The store cannot do it now: its disk is full, its server is away. It may succeed when that has been put right.
 * Whether a commit that ended so has been made is not known; it has been made whole or not at all.
 * Clients see the message, so it names no file and no address; what only the log may know is in `cause`.
 */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
}
