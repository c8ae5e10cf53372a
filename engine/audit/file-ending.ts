import { hash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { Invalid } from '../../shared/invalid.ts'
import { hashOf, placeOf } from './chain.ts'
import type { Ending } from './sink.ts'

/** Bytes that are read first, and the most that are read, to find the last line. */
const FIRST = 64 * 1024
const MOST = 64 * 1024 * 1024

const BEGINNING = '{"time":"'
const LF = 10

/**
 * What the file ends with, as a new run has to know it.
 * @throws {Invalid} if it holds something that is no audit log, which must not be written into
 */
export async function fileEnding(file: FileHandle, path: string): Promise<Ending> {
  const { size } = await file.stat()
  if (size === 0) return {}
  for (let length = FIRST; ; length *= 8) {
    const bytes = await lastBytes(file, size, Math.min(length, size, MOST))
    const found = lastLine(bytes, bytes.length === size)
    if (found) return endingOf(bytes, found)
    if (
      length >= size &&
      bytes.toString('latin1', 0, BEGINNING.length) === BEGINNING &&
      size <= FIRST
    )
      return endingOf(bytes, { from: 0, to: 0 })
    if (length >= Math.min(size, MOST))
      throw new Invalid(`${path} holds something that is no audit log`)
  }
}

interface Range {
  readonly from: number
  readonly to: number
}

/** The last line that has a place in a chain. */
function lastLine(bytes: Buffer, whole: boolean): Range | undefined {
  for (let end = bytes.lastIndexOf(LF); end >= 0; ) {
    const before = end === 0 ? -1 : bytes.lastIndexOf(LF, end - 1)
    if (before < 0 && !whole) return undefined
    if (placeOf(bytes.subarray(before + 1, end + 1))) return { from: before + 1, to: end + 1 }
    end = before
  }
  return undefined
}

function endingOf(bytes: Buffer, { from, to }: Range): Ending {
  const rest = bytes.subarray(to)
  return {
    ...(to > 0 && { last: hashOf(bytes.subarray(from, to)) }),
    ...(rest.length > 0 && { torn: { bytes: rest.length, sha256: hash('sha256', rest, 'hex') } }),
  }
}

async function lastBytes(file: FileHandle, size: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  let done = 0
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done, size - length + done)
    if (bytesRead === 0) break
    done += bytesRead
  }
  return bytes.subarray(0, done)
}
