import { closeSync, fstatSync, openSync, statfsSync, writeFileSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { getSystemErrorMessage } from 'node:util'
import { visible } from '../../shared/visible.ts'
import { EXIT, Failure } from './failure.ts'

/** A stream of this process, as commands see it. */
export interface Output {
  readonly isTTY?: boolean
  /** @throws {Failure} once something before it could not be written: there is no use in going on */
  write(text: string): void
  /** Waits until all is written. Why some of it could not be. */
  lost(): Promise<NodeJS.ErrnoException | undefined>
  /** Whether it leads to a file for which the disk has no room. */
  isFull(): boolean
}

type Stream = Writable & { readonly isTTY?: boolean; readonly fd?: number }

/** Bytes that a result of a few keys is shorter than. */
const MIN_FREE_BYTES = 16 * 1024

/** Writes bytes for programs as they are; what a terminal shows cannot move its cursor, set its title, or hide. */
export class StreamOutput implements Output {
  readonly #stream: Stream
  readonly #forPeople: boolean
  readonly #file: number | undefined
  #lost: NodeJS.ErrnoException | undefined
  /** The last write has ended, and with it all before. */
  #written = Promise.resolve()

  /** @param forPeople whether only people read it, wherever it leads */
  constructor(stream: Stream, { forPeople }: { readonly forPeople: boolean }) {
    this.#stream = stream
    this.#forPeople = forPeople || stream.isTTY === true
    this.#file = fileOf(stream)
    stream.on('error', this.#lose)
  }

  get isTTY(): boolean {
    return this.#stream.isTTY === true
  }

  write(text: string): void {
    // what is said to people is not worth an end: the work goes on without them
    if (this.#lost && !this.#forPeople) throw new LostOutput(this.#lost)
    const shown = this.#forPeople ? visible(text) : text
    if (this.#file !== undefined) this.#writeFile(this.#file, shown)
    else this.#writeStream(shown)
  }

  /** The stream of a file takes a part that was written for the whole. */
  #writeFile(file: number, text: string): void {
    try {
      writeFileSync(file, text)
    } catch (error) {
      this.#lose(error as Error)
    }
  }

  #writeStream(text: string): void {
    this.#written = new Promise(resolve => {
      this.#stream.write(text, error => {
        this.#lose(error)
        resolve()
      })
    })
  }

  async lost(): Promise<NodeJS.ErrnoException | undefined> {
    await this.#written
    // others write to the stream, too, of whose errors it tells after them
    await new Promise(setImmediate)
    return this.#lost
  }

  isFull(): boolean {
    if (this.#file === undefined) return false
    try {
      const { bavail, blocks, bsize } = statfsSync(`/proc/self/fd/${this.#file}`)
      // some file systems do not count at all
      return blocks > 0 && bavail * bsize < MIN_FREE_BYTES
    } catch {
      // no way to tell on this machine: the write itself will
      return false
    }
  }

  readonly #lose = (error: Error | null | undefined) => {
    this.#lost ??= error ?? undefined
  }
}

/** The descriptor of a regular file that a stream leads to. */
function fileOf({ fd }: Stream): number | undefined {
  return fd !== undefined && fstatSync(fd).isFile() ? fd : undefined
}

/** Something before could not be written. */
export class LostOutput extends Failure {
  constructor(cause: NodeJS.ErrnoException) {
    super(lossOf(cause), isClosedPipe(cause) ? EXIT.ok : EXIT.local, { cause })
  }
}

/** A reader that goes before the end, such as head, is no failure. */
export const isClosedPipe = ({ code }: NodeJS.ErrnoException): boolean => code === 'EPIPE'

/** Says why standard output is not whole, as in `stdout: no space left on device`. */
export const lossOf = ({ errno, message }: NodeJS.ErrnoException): string =>
  `stdout: ${errno === undefined ? message : getSystemErrorMessage(errno)}`

/** Gathers what a command prints. */
export class BufferedOutput implements Output {
  readonly isTTY: boolean
  text = ''

  constructor({ isTTY = false }: Pick<Output, 'isTTY'>) {
    this.isTTY = isTTY
  }

  write(text: string): void {
    this.text += text
  }

  async lost(): Promise<undefined> {}

  isFull(): boolean {
    return false
  }
}

/** Shows a text at the terminal, whatever stdin and stdout are. False where there is none. */
export function showAtTerminal(text: string): boolean {
  let fd: number | undefined
  try {
    fd = openSync('/dev/tty', 'w')
    writeFileSync(fd, visible(text))
    return true
  } catch {
    // no terminal, or one that is gone: the caller has another place
    return false
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}
