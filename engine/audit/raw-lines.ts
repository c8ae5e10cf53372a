import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import type { RawLine } from './verify.ts'

const LF = 10

/** Reads a file line by line, byte for byte; a file whose name ends in `.gz` is unpacked. @throws {Error} if it cannot be read */
export async function* rawLines(file: string): AsyncGenerator<RawLine> {
  const source = createReadStream(file, { highWaterMark: 256 * 1024 })
  const packed = file.endsWith('.gz')
  const bytes = packed ? createGunzip() : source
  // what goes wrong with the file must reach the one who reads what is unpacked
  const piping = packed ? pipeline(source, bytes as ReturnType<typeof createGunzip>) : undefined
  piping?.catch(() => undefined)
  let [rest, number] = [Buffer.alloc(0), 0]
  for await (const chunk of bytes as AsyncIterable<Buffer>) {
    let from = 0
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, from)) {
      const part = chunk.subarray(from, end + 1)
      yield { file, number: ++number, bytes: rest.length > 0 ? Buffer.concat([rest, part]) : part }
      rest = Buffer.alloc(0)
      from = end + 1
    }
    rest = Buffer.concat([rest, chunk.subarray(from)])
  }
  await piping
  if (rest.length > 0) yield { file, number: ++number, bytes: rest }
}
