import { closeSync, fstatSync, openSync, statfsSync, writeFileSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { getSystemErrorMessage } from 'node:util'
import { visible } from '../../shared/visible.ts'
import { EXIT, Failure } from './failure.ts'

/** An output stream, as commands use it. */
export interface Output {
  readonly isTTY?: boolean
  /** Characters in a line of the terminal, if it is one. */
  readonly columns?: number | undefined
  /** @throws {Failure} if an earlier write has failed */
  write(text: string): void
  /** Waits until everything is written. Gives the first error, if there was one. */
  lost(): Promise<NodeJS.ErrnoException | undefined>
  /** Whether it is a file on a full disk. */
  isFull(): boolean
}

type Stream = Writable & {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly fd?: number
}

/** Free bytes that suffice for a result of a few keys. */
const MIN_FREE_BYTES = 16 * 1024

/** Writes text unchanged for programs; for terminals, control characters are made visible. */
export class StreamOutput implements Output {
  readonly #stream: Stream
  readonly #forPeople: boolean
  readonly #file: number | undefined
  #lost: NodeJS.ErrnoException | undefined
  /** Resolves when the last write, and so all before it, has ended. */
  #written = Promise.resolve()

  /** @param forPeople whether it is a message for users even if it is not a terminal */
  constructor(stream: Stream, { forPeople }: { readonly forPeople: boolean }) {
    this.#stream = stream
    this.#forPeople = forPeople || stream.isTTY === true
    this.#file = fileOf(stream)
    stream.on('error', this.#lose)
  }

  get isTTY(): boolean {
    return this.#stream.isTTY === true
  }

  get columns(): number | undefined {
    // a terminal without a size has none
    return this.isTTY ? this.#stream.columns || undefined : undefined
  }

  write(text: string): void {
    // a message that cannot be written does not end the command
    if (this.#lost && !this.#forPeople) throw new LostOutput(this.#lost)
    const shown = this.#forPeople ? visible(text) : text
    if (this.#file !== undefined) this.#writeFile(this.#file, shown)
    else this.#writeStream(shown)
  }

  /** Synchronously: the stream of a file reports a short write as success. */
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
    // errors of other writers to the stream are emitted after them
    await new Promise(setImmediate)
    return this.#lost
  }

  isFull(): boolean {
    if (this.#file === undefined) return false
    try {
      const { bavail, blocks, bsize } = statfsSync(`/proc/self/fd/${this.#file}`)
      // some file systems report no sizes
      return blocks > 0 && bavail * bsize < MIN_FREE_BYTES
    } catch {
      // unknown on this machine: the write will fail instead
      return false
    }
  }

  readonly #lose = (error: Error | null | undefined) => {
    this.#lost ??= error ?? undefined
  }
}

/** The descriptor of a stream that is a regular file. */
function fileOf({ fd }: Stream): number | undefined {
  return fd !== undefined && fstatSync(fd).isFile() ? fd : undefined
}

/** An earlier write has failed. */
export class LostOutput extends Failure {
  constructor(cause: NodeJS.ErrnoException) {
    super(lossOf(cause), isClosedPipe(cause) ? EXIT.ok : EXIT.local, { cause })
  }
}

/** Whether the reader closed the pipe early, as head does, which is no failure. */
export const isClosedPipe = ({ code }: NodeJS.ErrnoException): boolean => code === 'EPIPE'

/** The reason for incomplete output, such as `stdout: no space left on device`. */
export const lossOf = ({ errno, message }: NodeJS.ErrnoException): string =>
  `stdout: ${errno === undefined ? message : getSystemErrorMessage(errno)}`

/** Keeps the output of a command in memory. */
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

/** Writes a text to the terminal, whatever stdin and stdout are. False without a terminal. */
export const showAtTerminal = (text: string): boolean => controlTerminal(visible(text))

/** Like {@link showAtTerminal}, for control sequences of this program: nothing in them may come from elsewhere. */
export function controlTerminal(sequence: string): boolean {
  let fd: number | undefined
  try {
    fd = openSync('/dev/tty', 'w')
    writeFileSync(fd, sequence)
    return true
  } catch {
    // no terminal, or a closed one: the caller has an alternative
    return false
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}
