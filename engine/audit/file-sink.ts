import { constants } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { Invalid } from '../../shared/invalid.ts'
import { fileEnding } from './file-ending.ts'
import { FileLock } from './file-lock.ts'
import type { LogEnd, Sink } from './sink.ts'
import { writeLines } from './write-lines.ts'

export interface FileOptions {
  readonly path: string
  /** Permissions; none leaves those of a file that is there as they are. */
  readonly mode: number | undefined
  /** Wait for the disk, too. */
  readonly sync: boolean
  /** How long a line may take, in milliseconds. */
  readonly timeout: number
}

/** Milliseconds between two looks at whether the file is still where it was. */
const LOOK = 250

const { O_APPEND, O_CREAT, O_RDWR, O_NOFOLLOW, O_NONBLOCK } = constants
const LF = Buffer.from('\n')

/** Device and inode of all files that are open: two sinks on one would spoil each other's chains, by whatever names. */
const OPEN = new Set<string>()

/** Appends to a file, and begins a new one when it has been moved or deleted. */
export class FileSink implements Sink {
  readonly timeout: number
  readonly #options: FileOptions
  #file: FileHandle | undefined
  /** Of the file that is open, as {@link OPEN} knows it. */
  #id = ''
  #lock: FileLock | undefined
  #looked = 0
  /** An end of line is due before the next line. */
  #cut = false

  constructor(options: FileOptions) {
    this.#options = options
    this.timeout = options.timeout
  }

  async open(): Promise<LogEnd> {
    await this.#close()
    const { path, mode } = this.#options
    // without O_NONBLOCK a named pipe without a reader would hold up everything
    const flags = O_APPEND | O_CREAT | O_RDWR | O_NOFOLLOW | O_NONBLOCK
    const file = await open(path, flags, mode ?? 0o600)
    try {
      const stats = await file.stat()
      if (!stats.isFile()) throw new Invalid(`${path} is not a regular file`)
      this.#take(`${stats.dev}:${stats.ino}`)
      await this.#keepOthersOut()
      // the mask of the process may have taken away what was asked for
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

  /** Has the next {@link moved} look at once. */
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
    // the kernel has it, and cannot be asked to give it back
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close()
    this.#lock?.[Symbol.dispose]()
    this.#lock = undefined
  }

  /** @throws {Invalid} if another has it */
  #take(id: string): void {
    const { path } = this.#options
    if (OPEN.has(id)) throw new Invalid(`${path} is the file of another audit device`)
    OPEN.add(id)
    this.#id = id
  }

  /** @throws {Invalid} if another process has it @throws {Error} */
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
