import { createHash } from 'node:crypto'
import type { RawLine } from './raw-line.ts'
import type { StrayBytes } from './sink.ts'
import { isTorn, LONGEST } from './torn.ts'

/** Bytes between two lines of a log that are not lines of it, however many. */
export class LostLines {
  /** The first of them. */
  readonly at: Pick<RawLine, 'file' | 'number'>
  readonly #hash = createHash('sha256')
  /** The bytes, while there are few enough to be the beginning of one line. */
  #kept: Buffer[] = []
  #bytes = 0
  #count = 0
  /** A line end that belongs to them only if more bytes follow: the engine wrote the last one before it continued. */
  #end: Buffer = Buffer.alloc(0)

  constructor(first: RawLine) {
    this.at = first
    this.add(first)
  }

  get count(): number {
    return this.#count
  }

  add({ bytes }: RawLine): void {
    this.#count++
    const isEnded = bytes.at(-1) === 10
    const body = isEnded ? bytes.subarray(0, -1) : bytes
    for (const part of [this.#end, body]) this.#take(part)
    this.#end = isEnded ? bytes.subarray(-1) : Buffer.alloc(0)
  }

  /** Whether these are the bytes that a head describes. May be called once. */
  are({ bytes, sha256 }: StrayBytes): boolean {
    return this.#bytes === bytes && this.#hash.digest('hex') === sha256
  }

  /** Whether no line end follows them. */
  get isUnended(): boolean {
    return this.#end.length === 0
  }

  /** Whether they can be part of one line, left by a crash or a full disk. */
  get isTorn(): boolean {
    return this.#bytes <= LONGEST && isTorn(Buffer.concat(this.#kept))
  }

  #take(part: Buffer): void {
    this.#hash.update(part)
    this.#bytes += part.length
    if (this.#bytes <= LONGEST) this.#kept.push(part)
    else this.#kept = []
  }
}
