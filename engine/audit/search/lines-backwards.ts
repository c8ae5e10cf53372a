import { readSync } from 'node:fs'

const LF = 10

/** Bytes that are read at once. Every line of a log is much shorter. */
export const CHUNK = 1024 * 1024

/** Some complete lines of a file, one after another. */
export interface LineBlock {
  readonly bytes: Buffer
  /** Where the first of them begins in the file, and the last one ends. */
  readonly from: number
  readonly to: number
}

/**
 * The lines of a file that end at or before a position, in blocks from there to its beginning. What has no line end, and what is longer
 * than a block, is left out or comes in pieces that have none.
 * @throws {Error} if the file cannot be read
 */
export function* blocksBackwards(file: number, end: number): Generator<LineBlock> {
  for (let to = end; to > 0; ) {
    const start = Math.max(0, to - CHUNK)
    const bytes = readRange(file, start, to)
    // the first line may have begun before
    const first = start === 0 ? 0 : bytes.indexOf(LF) + 1
    // a line that is longer than a block
    const isPiece = first === 0 && start > 0
    const from = isPiece || first === bytes.length ? start : start + first
    yield { bytes: bytes.subarray(from - start), from, to }
    to = from
  }
}

/** The lines of a block, its last one first, with the place where each begins in the file. */
export function* linesBackwards({
  bytes,
  from,
}: LineBlock): Generator<{ readonly line: Buffer; readonly at: number }> {
  for (let end = bytes.lastIndexOf(LF); end >= 0; ) {
    const before = end === 0 ? -1 : bytes.lastIndexOf(LF, end - 1)
    yield { line: bytes.subarray(before + 1, end + 1), at: from + before + 1 }
    end = before
  }
}

/** The bytes from one position to another, or fewer if the file ends before. */
export function readRange(file: number, from: number, to: number): Buffer {
  const bytes = Buffer.allocUnsafe(to - from)
  let done = 0
  while (done < bytes.length) {
    const read = readSync(file, bytes, done, bytes.length - done, from + done)
    if (read === 0) break
    done += read
  }
  return bytes.subarray(0, done)
}
