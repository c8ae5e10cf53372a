import { constants } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { Invalid } from '../../shared/invalid.ts'
import { fileEnding } from './file-ending.ts'
import { FileLock } from './file-lock.ts'
import type { LogEnd, Sink } from './sink.ts'
import { writeLines } from './write-lines.ts'

export interface FileOptions {
  readonly path: string
  /** Permissions; undefined does not change those of an existing file. */
  readonly mode: number | undefined
  /** Wait until each write is on the disk. */
  readonly sync: boolean
  /** Timeout for writing a line, in milliseconds. */
  readonly timeout: number
}

/** Milliseconds between two checks of whether the file has been moved. */
const LOOK = 250

const { O_APPEND, O_CREAT, O_RDWR, O_NOFOLLOW, O_NONBLOCK } = constants
const LF = Buffer.from('\n')

/** Device and inode of all open files. Two sinks on one file, by whatever names, would break each other's chains. */
const OPEN = new Set<string>()

/** Appends to a file, and creates a new one when it has been moved or deleted. */
export class FileSink implements Sink {
  readonly timeout: number
  readonly #options: FileOptions
  #file: FileHandle | undefined
  /** The entry of the open file in {@link OPEN}. */
  #id = ''
  #lock: FileLock | undefined
  #looked = 0
  /** A line end must be written before the next line. */
  #cut = false

  constructor(options: FileOptions) {
    this.#options = options
    this.timeout = options.timeout
  }

  async open(): Promise<LogEnd> {
    await this.#close()
    const { path, mode } = this.#options
    // without O_NONBLOCK, opening a named pipe without a reader would block
    const flags = O_APPEND | O_CREAT | O_RDWR | O_NOFOLLOW | O_NONBLOCK
    const file = await open(path, flags, mode ?? 0o600)
    try {
      const stats = await file.stat()
      if (!stats.isFile()) throw new Invalid(`${path} is not a regular file`)
      this.#take(`${stats.dev}:${stats.ino}`)
      await this.#keepOthersOut()
      // the umask may have removed permissions
      if (mode !== undefined && (stats.mode & 0o7777) !== mode) await file.chmod(mode)
      const ending = await fileEnding(file, path)
      this.#file = file
      this.#looked = performance.now()
      this.#cut = ending.cut === true
      return ending
    } catch (error) {
      this.#release()
      await file.close()
      throw error
    }
  }

  async moved(): Promise<boolean> {
    if (!this.#file || performance.now() - this.#looked < LOOK) return false
    this.#looked = performance.now()
    const [ours, there] = await Promise.all([
      this.#file.stat(),
      stat(this.#options.path).catch(() => undefined),
    ])
    return there?.ino !== ours.ino || there.dev !== ours.dev
  }

  /** Makes the next {@link moved} check the file. */
  look(): void {
    this.#looked = Number.NEGATIVE_INFINITY
  }

  async write(lines: readonly Buffer[]): Promise<void> {
    if (!this.#file) throw new Error('the file is not open')
    const { sync, timeout } = this.#options
    const whole = this.#cut ? [LF, ...lines] : lines
    await writeLines(this.#file.fd, whole, { sync, timeout })
    this.#cut = false
  }

  abort(): void {
    // a write to a file cannot be cancelled
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close()
    this.#lock?.[Symbol.dispose]()
    this.#lock = undefined
  }

  /** @throws {Invalid} if another device has the file open */
  #take(id: string): void {
    const { path } = this.#options
    if (OPEN.has(id)) throw new Invalid(`${path} is in use by another audit device`)
    OPEN.add(id)
    this.#id = id
  }

  /** Takes the lock, unless it is held. @throws {Invalid} if another process holds it @throws {Error} */
  async #keepOthersOut(): Promise<void> {
    if (await this.#lock?.holds()) return
    this.#lock?.[Symbol.dispose]()
    this.#lock = undefined
    this.#lock = await FileLock.take(this.#options.path)
  }

  #release(): void {
    OPEN.delete(this.#id)
    this.#id = ''
  }

  async #close(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    this.#release()
    await file?.close()
  }
}
