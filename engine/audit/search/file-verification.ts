import { fstatSync } from 'node:fs'
import { counted } from '../../../shared/counted.ts'
import { type ChainPosition, positionOf } from '../chain.ts'
import { Verifier } from '../verify.ts'
import { CHUNK, readRange } from './lines-backwards.ts'
import { timeOfLine } from './time-of-line.ts'

const LF = 10

/** The place of a line in its chain. */
export type LinePlace = Pick<ChainPosition, 'id' | 'seq'>

/** How far the hash chain of a log has been verified, with the key of the engine. */
export interface ChainState {
  /**
   * `verified` to the end of the file, `verifying` if there is more to read, `broken` at the line after the last one that is counted,
   * `unknown` if nothing can be said: there is no line of a chain, or what follows has yet to explain the end.
   */
  readonly state: 'verified' | 'verifying' | 'broken' | 'unknown'
  /** Lines of the file up to which everything is as an engine wrote it. */
  readonly lines: number
  /** Bytes of these lines, and of the file. */
  readonly bytes: number
  readonly of_bytes: number
  /** Time of the last of these lines; empty if there is none. */
  readonly time: string
  readonly problem?: string
}

/** Verifies a log from its beginning to its end, as it grows, a part at a time. */
export class FileVerification {
  readonly #file: string
  /** Device and inode, and the bytes that have been read. */
  readonly #id: string
  readonly #verifier: Verifier
  readonly #written: number
  #offset = 0
  #lines = 0
  /** Of the last line that was read; undefined if it has none. */
  #place: LinePlace | undefined
  #time = ''
  #problem: string | undefined
  /** There are lines that have not been read yet. */
  #isBehind = false
  /** Where the chain was, as the engine told a while ago. */
  #expected: (LinePlace & { readonly at: number }) | undefined

  /** Verifies the file that is open under this descriptor. */
  constructor(descriptor: number, { path, key, written = WRITTEN }: VerificationOptions) {
    this.#file = path
    this.#written = written
    this.#id = idOf(descriptor)
    this.#verifier = new Verifier(key)
  }

  /** Whether it is of this file, which has not become shorter. */
  isOf(descriptor: number): boolean {
    return this.#id === idOf(descriptor) && fstatSync(descriptor).size >= this.#offset
  }

  /** Reads on until the deadline, by the monotonic clock. Returns whether there is more. */
  advance(descriptor: number, deadline: number): boolean {
    const { size } = fstatSync(descriptor)
    this.#isBehind = this.#read(descriptor, size, deadline)
    return this.#isBehind
  }

  /**
   * The state now.
   * @param last the place of the last line that the engine has made for this file
   */
  state(descriptor: number, last: LinePlace | undefined): ChainState {
    if (!this.#isBehind) this.#problem ??= this.#missing(last)
    const { size } = fstatSync(descriptor)
    const about = { lines: this.#lines, bytes: this.#offset, of_bytes: size, time: this.#time }
    if (this.#problem !== undefined) return { state: 'broken', ...about, problem: this.#problem }
    if (this.#isBehind) return { state: 'verifying', ...about }
    if (this.#lines === 0) return { state: 'unknown', ...about }
    // bytes that are no line are in order only if the next run of an engine has recorded them
    return this.#place
      ? { state: 'verified', ...about }
      : { state: 'unknown', ...about, problem: UNEXPLAINED }
  }

  /** Reads complete lines, until the deadline or a problem. Returns whether there are more. */
  #read(descriptor: number, size: number, deadline: number): boolean {
    while (this.#problem === undefined && this.#offset < size) {
      const bytes = readRange(descriptor, this.#offset, Math.min(size, this.#offset + CHUNK))
      const end = bytes.lastIndexOf(LF) + 1
      if (end === 0 && bytes.length === CHUNK) this.#problem = TOO_LONG
      if (end === 0) return false
      this.#take(bytes.subarray(0, end))
      if (performance.now() > deadline) return this.#problem === undefined && this.#offset < size
    }
    return false
  }

  #take(bytes: Buffer): void {
    for (let from = 0; from < bytes.length && this.#problem === undefined; ) {
      const to = bytes.indexOf(LF, from) + 1
      const line = bytes.subarray(from, to)
      this.#verifier.take({ file: this.#file, number: this.#lines + 1, bytes: line })
      const [found] = this.#verifier.problems
      if (found) this.#problem = `line ${found.line}: ${found.text}`
      else this.#count(line)
      from = to
    }
  }

  #count(line: Buffer): void {
    this.#lines++
    this.#offset += line.length
    this.#place = positionOf(line)
    if (this.#place) this.#time = timeOfLine(line) ?? this.#time
  }

  /** Whether lines are missing at the end, which the engine had already made when it was last asked. */
  #missing(last: LinePlace | undefined): string | undefined {
    const [expected, now] = [this.#expected, performance.now()]
    const isSameRun = last !== undefined && expected?.id === last.id
    const isDue = isSameRun && now - expected.at >= this.#written
    if (!isSameRun || isDue) this.#expected = last && { id: last.id, seq: last.seq, at: now }
    const place = this.#place
    if (!isDue || place?.id !== expected.id || place.seq >= expected.seq) return undefined
    return `${counted(expected.seq - place.seq, 'line')} that the engine has written are missing at the end`
  }
}

/** Milliseconds after which a line whose place is known is in the file. */
const WRITTEN = 5000

interface VerificationOptions {
  readonly path: string
  /** The public key of the engine, as text. */
  readonly key: string
  readonly written?: number
}

const TOO_LONG = 'the next line is not one of this log: it is too long'

const UNEXPLAINED = 'the last lines are none of this log'

function idOf(descriptor: number): string {
  const { dev, ino } = fstatSync(descriptor)
  return `${dev}-${ino}`
}
