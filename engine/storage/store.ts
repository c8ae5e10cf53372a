import { Invalid } from '../../shared/invalid.ts'
import type { Entry } from './entry.ts'
import type { ReadCache } from './read-cache.ts'

/**
 * Durable bytes by key. Keys are `/`-separated paths of well-formed Unicode; a store attaches no meaning to them.
 * The owner disposes of a store, which waits for operations in flight.
 * Every method throws {@link StoreUnavailable} if the store cannot be used now.
 */
export interface Store extends AsyncDisposable {
  /** A cache of earlier reads for {@link transact}. A store without one is always read. */
  readonly readCache?: ReadCache | undefined
  get(key: string): Promise<Entry | undefined>
  /**
   * The names directly under `prefix`, sorted bytewise; a name with more beneath it ends in `/`.
   * A page starts after the name `after` and has at most `limit` names.
   */
  list(prefix: string, page?: Page): Promise<readonly string[]>
  /**
   * Makes all of `writes` durable, or none of them; when it resolves, they are.
   * @throws {Conflict} if a key in `reads` has since changed
   */
  commit(batch: Batch): Promise<void>
  /**
   * The same, without a concurrent commit: every other commit is made before, or sees this one. Absent if a store can be opened for
   * exclusive use.
   */
  commitAlone?(batch: Batch): Promise<void>
  /** The number of connections of engines. Absent if a store can be opened for exclusive use. */
  engines?(): Promise<number>
  /** Milliseconds since 1970 by the store's own clock, which all nodes share. Absent if it has none. */
  time?(): Promise<number>
}

export interface Page {
  readonly after?: string
  readonly limit?: number
}

export interface Batch {
  /** Key to the version that was read; `undefined` if there was no entry. */
  readonly reads: ReadonlyMap<string, string | undefined>
  /** Key to its new value; `undefined` deletes. */
  readonly writes: ReadonlyMap<string, Uint8Array | undefined>
  /** Called once all of it is durable, with the version of all that was written, by a store that gives one to all of it. */
  readonly committed?: (version: string) => void
}

/** A key that was read has changed. Running the work again may succeed. */
export class Conflict extends Error {
  override readonly name = 'Conflict'
}

/** A key is longer than stores allow. Clients see the message. */
export class NameTooLong extends Invalid {
  constructor(options?: ErrorOptions) {
    super('a name, or a path with the names in it, is too long to be stored', options)
  }
}

/**
 * The store cannot be used now, for example because its disk is full or its server is away. The operation may succeed later. A commit that
 * fails with this error may have been made, as a whole. Clients see the message, so it names no file and no address; `cause` has
 * the details for the log.
 */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
}
