import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import type { RawLine } from './raw-line.ts'

const LF = 10

/** Bytes of a line that are kept. Lines of a log are much shorter; for other lines the beginning is enough. */
const MOST = 16 * 1024 * 1024

/** Reads a file line by line, as bytes. A file whose name ends in `.gz` is decompressed. @throws {Error} if it cannot be read */
export async function* rawLines(file: string): AsyncGenerator<RawLine> {
  const source = createReadStream(file, { highWaterMark: 256 * 1024 })
  const packed = file.endsWith('.gz')
  const bytes = packed ? createGunzip() : source
  // pipeline passes an error of the file on to the reader
  const piping = packed ? pipeline(source, bytes as ReturnType<typeof createGunzip>) : undefined
  piping?.catch(() => undefined)
  const rest = new Rest()
  let number = 0
  for await (const chunk of bytes as AsyncIterable<Buffer>) {
    let from = 0
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, from)) {
      yield { file, number: ++number, bytes: rest.take(chunk.subarray(from, end + 1)) }
      from = end + 1
    }
    rest.add(chunk.subarray(from))
  }
  await piping
  const last = rest.take(Buffer.alloc(0))
  if (last.length > 0) yield { file, number: ++number, bytes: last }
}

/** The beginning of a line whose end has not been read yet. */
class Rest {
  #parts: Buffer[] = []
  #bytes = 0

  add(part: Buffer): void {
    if (part.length === 0 || this.#bytes > MOST) return
    this.#parts.push(part)
    this.#bytes += part.length
  }

  /** The whole line, or the first bytes of one that is too long. */
  take(end: Buffer): Buffer {
    if (this.#bytes === 0) return end
    this.add(end)
    const line = Buffer.concat(this.#parts)
    this.#parts = []
    this.#bytes = 0
    return line
  }
}
