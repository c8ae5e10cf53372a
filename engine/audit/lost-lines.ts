import { createHash } from 'node:crypto'
import type { RawLine } from './raw-line.ts'
import type { StrayBytes } from './sink.ts'
import { isTorn, LONGEST } from './torn.ts'

/** What stands between two lines of a log and is none, however long it is. */
export class LostLines {
  /** The first of them. */
  readonly at: Pick<RawLine, 'file' | 'number'>
  readonly #hash = createHash('sha256')
  /** The bytes, as long as they could be the beginning of one line. */
  #kept: Buffer[] = []
  #bytes = 0
  #count = 0
  /** An end of line that belongs to them only if more follows: the last one was written by whoever went on. */
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

  /** Whether these are the bytes that a head speaks of. Asked once. */
  are({ bytes, sha256 }: StrayBytes): boolean {
    return this.#bytes === bytes && this.#hash.digest('hex') === sha256
  }

  /** Nothing follows them, not even an end of line. */
  get isUnended(): boolean {
    return this.#end.length === 0
  }

  /** Whether they can be what a crash or a full disk has left of one line. */
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
