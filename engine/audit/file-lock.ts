import { constants } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Invalid } from '../../shared/invalid.ts'
import { LockHeld, SqliteLock } from '../storage/sqlite-lock.ts'

const { O_CREAT, O_RDWR, O_NOFOLLOW, O_NONBLOCK } = constants

/** The lock of an audit file: a hidden file beside it, which patterns such as `*.log` do not match. */
export const lockBeside = (path: string): string => join(dirname(path), `.${basename(path)}.lock`)

/** Device and inode of the locks that this process holds. Closing another descriptor of such a file would release the lock: fcntl_locking(2). */
const HOLDS = new Set<string>()

/** An exclusive lock on an audit file, for one process among all containers of a machine. The kernel releases it when the process ends. */
export class FileLock implements Disposable {
  readonly #lock: SqliteLock
  readonly #file: string
  /** Device and inode of the file that is locked. */
  readonly #id: string

  private constructor(lock: SqliteLock, file: string, id: string) {
    this.#lock = lock
    this.#file = file
    this.#id = id
  }

  /** @param path of the audit file @throws {Invalid} if another process holds the lock @throws {Error} if there can be no lock */
  static async take(path: string): Promise<FileLock> {
    const file = lockBeside(path)
    const there = await stat(file).catch(() => undefined)
    if (there && HOLDS.has(idOf(there)))
      throw new Invalid(`${path} is in use by another audit device`)
    const id = await createLockFile(file)
    try {
      // this call blocks; a file system that hangs has already hung in the asynchronous calls above
      const lock = SqliteLock.takeExisting(file, 'alone', 0)
      HOLDS.add(id)
      return new FileLock(lock, file, id)
    } catch (cause) {
      if (!(cause instanceof LockHeld)) throw cause
      throw new Invalid(`${path} is in use by another engine that is running`, { cause })
    }
  }

  /** Whether the lock file is still in place: if it was deleted or moved with its folder, other processes do not see the lock. */
  async holds(): Promise<boolean> {
    const found = await stat(this.#file).catch(() => undefined)
    return found !== undefined && idOf(found) === this.#id
  }

  [Symbol.dispose](): void {
    HOLDS.delete(this.#id)
    this.#lock[Symbol.dispose]()
  }
}

async function createLockFile(file: string): Promise<string> {
  const handle = await open(file, O_CREAT | O_RDWR | O_NOFOLLOW | O_NONBLOCK, 0o600)
  try {
    const stats = await handle.stat()
    if (!stats.isFile()) throw new Invalid(`${file} is not a regular file`)
    return idOf(stats)
  } finally {
    await handle.close()
  }
}

const idOf = ({ dev, ino }: { readonly dev: number; readonly ino: number }) => `${dev}:${ino}`
