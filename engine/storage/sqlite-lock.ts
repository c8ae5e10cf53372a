import { DatabaseSync } from 'node:sqlite'
import { Invalid } from '../../shared/invalid.ts'
import { privateFile } from './private-file.ts'
import { isBusy, problemOf, reasonOf } from './sqlite-errors.ts'

/** Milliseconds to wait for a lock that another process holds. */
export const LOCK_TIMEOUT = 5000

/** Another process holds the lock. */
export class LockHeld extends Invalid {}

/** Engines share the lock of a database; a command that must not run beside an engine takes it alone. */
export type LockMode = 'shared' | 'alone'

const BEGIN = {
  // an open read transaction prevents an exclusive lock
  shared: 'begin; select count(*) from sqlite_schema',
  alone: 'begin exclusive',
} satisfies Record<LockMode, string>

/**
 * The right to use a database, shared or alone. It is a lock of SQLite on a separate empty file, so it is released when its process ends,
 * even if that is killed.
 */
export class SqliteLock implements Disposable {
  readonly #file: DatabaseSync

  private constructor(file: DatabaseSync) {
    this.#file = file
  }

  /**
   * @param file to lock; created if it is missing
   * @param lockTimeout milliseconds to wait for those who hold it
   * @throws {LockHeld} if another process holds it @throws {Invalid} if the file cannot be created
   */
  static take(file: string, mode: LockMode, lockTimeout: number): SqliteLock {
    privateFile(file)
    return SqliteLock.takeExisting(file, mode, lockTimeout)
  }

  /** The same for an existing file, in any directory. */
  static takeExisting(file: string, mode: LockMode, lockTimeout: number): SqliteLock {
    const database = new DatabaseSync(file, { timeout: lockTimeout })
    try {
      database.exec(BEGIN[mode])
      return new SqliteLock(database)
    } catch (cause) {
      database.close()
      const problem = problemOf(cause)
      if (isBusy(problem)) throw new LockHeld(`${file} ${HELD[mode]}`, { cause })
      throw new Invalid(`${file} cannot be used: ${reasonOf(problem)}`, { cause })
    }
  }

  [Symbol.dispose]() {
    this.#file.close()
  }
}

const HELD = {
  shared: 'is held by "postern operator migrate" or "operator restore": wait until it has ended',
  alone: 'is held by an engine, or by another command that works on its storage: stop it first',
} satisfies Record<LockMode, string>
