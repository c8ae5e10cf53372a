import { type FileHandle, open, stat } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'

/** Milliseconds between two reads of the file. */
const POLL_INTERVAL = 200

/** Bytes of a line that are kept. Audit lines are shorter; the rest of a longer line is dropped. */
const MAX_LINE_BYTES = 16 * 1024 * 1024

/** Bytes at the end of the file that are searched first for the last rows. */
const TAIL_BYTES = 1024 * 1024

interface Options<T> {
  /** Number of rows to give from the end of the file. */
  readonly count: number
  /** Continue with new lines for ever, even after the file has been replaced. */
  readonly follow: boolean
  /** Makes the function that turns lines into rows, or drops them. Called again when a larger part of the file must be read. */
  readonly begin: () => Show<T>
}

type Show<T> = (line: string) => T | undefined

/** The last rows made from the lines of a file. @throws {Error} if it cannot be read */
export async function* followedLines<T>(
  path: string,
  { count, follow, begin }: Options<T>,
): AsyncGenerator<T> {
  let file = await open(path)
  try {
    const { size } = await file.stat()
    const { reader, show, rows } = await lastRows(file, size, { count, begin })
    yield* rows
    while (follow) {
      await setTimeout(POLL_INTERVAL)
      const moved = await isMoved(file, path)
      for await (const line of reader.lines(file)) {
        const row = show(line)
        if (row !== undefined) yield row
      }
      if (!moved) continue
      await file.close()
      file = await open(path)
      reader.position = 0
    }
  } finally {
    await file.close()
  }
}

async function lastRows<T>(
  file: FileHandle,
  size: number,
  { count, begin }: Pick<Options<T>, 'count' | 'begin'>,
) {
  for (let bytes = TAIL_BYTES; ; bytes *= 4) {
    const [reader, show] = [new Reader(Math.max(0, size - bytes)), begin()]
    // the tail begins within a line
    let isPart = size > bytes
    const rows: T[] = []
    for await (const line of reader.lines(file)) {
      const row = isPart ? undefined : show(line)
      isPart = false
      if (row === undefined || count === 0) continue
      if (rows.length === count) rows.shift()
      rows.push(row)
    }
    if (rows.length >= count || bytes >= size) return { reader, show, rows }
  }
}

async function isMoved(file: FileHandle, path: string): Promise<boolean> {
  const [ours, there] = await Promise.all([file.stat(), stat(path).catch(() => undefined)])
  return there !== undefined && (there.ino !== ours.ino || there.dev !== ours.dev)
}

/** Reads a file onwards from a position. */
class Reader {
  position: number
  #rest: Buffer[] = []
  #restBytes = 0

  constructor(position: number) {
    this.position = position
  }

  /** Lines that were written since the last call. */
  async *lines(file: FileHandle): AsyncGenerator<string> {
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(65_536), 0, 65_536, this.position)
      if (bytesRead === 0) return
      this.position += bytesRead
      yield* this.#take(buffer.subarray(0, bytesRead))
    }
  }

  /** The lines that end in these bytes. */
  #take(bytes: Buffer): readonly string[] {
    const end = bytes.lastIndexOf('\n') + 1
    if (end === 0) {
      this.#keep(bytes)
      return []
    }
    const whole = Buffer.concat([...this.#rest, bytes.subarray(0, end)])
    this.#rest = []
    this.#restBytes = 0
    this.#keep(bytes.subarray(end))
    return whole.toString().split('\n').slice(0, -1)
  }

  #keep(bytes: Buffer): void {
    if (this.#restBytes + bytes.length > MAX_LINE_BYTES) return
    this.#rest.push(bytes)
    this.#restBytes += bytes.length
  }
}
