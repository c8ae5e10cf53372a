import { hash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { Invalid } from '../../shared/invalid.ts'
import { hashOf, positionOf } from './chain.ts'
import { parseHead } from './head.ts'
import type { LogEnd } from './sink.ts'
import { BEGINNING, isTorn } from './torn.ts'

/** Bytes that are read first, and at most, to find the last line and the last head. */
const FIRST = 64 * 1024
const MOST = 64 * 1024 * 1024

const LF = 10

/**
 * The end of a file, as a new run records it.
 * @throws {Invalid} if the file is not an audit log; it must not be written to
 */
export async function fileEnding(file: FileHandle, path: string): Promise<LogEnd> {
  const { size } = await file.stat()
  if (size === 0) return {}
  for (let length = FIRST; ; length *= 8) {
    const bytes = await lastBytes(file, size, Math.min(length, size, MOST))
    const isAll = length >= Math.min(size, MOST)
    const last = lastLine(bytes, bytes.length === size)
    const head = last && lastHead(bytes, bytes.length === size)
    if (last && (head || isAll)) return { ...endingOf(bytes, last), ...(head && sinkIdIn(head)) }
    if (!last && isNew(bytes, size)) return endingOf(bytes, { from: 0, to: 0 })
    if (isAll) throw new Invalid(`${path} is not an audit log`)
  }
}

/** Whether the file contains only part of its first line. */
const isNew = (bytes: Buffer, size: number) =>
  size <= FIRST && BEGINNING.startsWith(bytes.toString('latin1', 0, BEGINNING.length))

interface Range {
  readonly from: number
  readonly to: number
}

/** The complete lines, the last one first. */
function* linesFromEnd(bytes: Buffer, whole: boolean): Generator<Range> {
  for (let end = bytes.lastIndexOf(LF); end >= 0; ) {
    const before = end === 0 ? -1 : bytes.lastIndexOf(LF, end - 1)
    if (before < 0 && !whole) return
    yield { from: before + 1, to: end + 1 }
    end = before
  }
}

/** The last line that has a place in a chain. */
function lastLine(bytes: Buffer, whole: boolean): Range | undefined {
  for (const { from, to } of linesFromEnd(bytes, whole))
    if (positionOf(bytes.subarray(from, to))) return { from, to }
  return undefined
}

/** The last line with a signature, which is not verified here. */
function lastHead(bytes: Buffer, whole: boolean): Buffer | undefined {
  for (const { from, to } of linesFromEnd(bytes, whole)) {
    const line = bytes.subarray(from, to)
    if (positionOf(line)?.signature !== undefined) return line
  }
  return undefined
}

function sinkIdIn(head: Buffer): Pick<LogEnd, 'place'> {
  const place = parseHead(head.toString())?.place
  return typeof place === 'string' && /^[0-9a-f]{32}$/.test(place) ? { place } : {}
}

function endingOf(bytes: Buffer, { from, to }: Range): LogEnd {
  const last = to > 0 ? hashOf(bytes.subarray(from, to)) : undefined
  const rest = bytes.subarray(to)
  if (rest.length === 0) return { ...(last !== undefined && { last }) }
  const unended = Buffer.concat([rest, Buffer.of(LF)])
  if (follows(unended, last)) return { last: hashOf(unended), cut: true }
  const found = { bytes: rest.length, sha256: hash('sha256', rest, 'hex') }
  return {
    ...(last !== undefined && { last }),
    ...(isTorn(rest) ? { torn: found } : { foreign: found }),
    cut: true,
  }
}

/** Whether this is one complete line that lacked only its line end. */
function follows(line: Buffer, last: string | undefined): boolean {
  const place = line.indexOf(LF) === line.length - 1 ? positionOf(line) : undefined
  return place !== undefined && (place.prev === last || place.signature !== undefined)
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
