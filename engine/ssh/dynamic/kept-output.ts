/** Bytes of an output that are kept; the rest is read and discarded. */
const KEPT = 262_144

/**
 * Reads all of a stream. Keeps its beginning, or what follows `mark`, however much came before it.
 * @returns a function that gives what has been kept so far, and whether the mark was found
 */
export function keepOutput(
  stream: NodeJS.ReadableStream,
  mark?: string,
): () => { readonly text: string; readonly marked: boolean } {
  const output = new KeptOutput(mark)
  stream.on('data', (chunk: Buffer) => output.take(chunk))
  return () => ({ text: output.text, marked: output.marked })
}

class KeptOutput {
  marked = false
  readonly #mark: Buffer
  #chunks: Buffer[] = []
  #size = 0
  /** The last bytes, which may hold the beginning of the mark. */
  #tail = Buffer.alloc(0)

  constructor(mark = '') {
    this.#mark = Buffer.from(mark)
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString('utf8')
  }

  take(chunk: Buffer): void {
    const seen = Buffer.concat([this.#tail, chunk])
    const at = this.marked || this.#mark.length === 0 ? -1 : seen.indexOf(this.#mark)
    if (at >= 0) {
      this.marked = true
      this.#chunks = []
      this.#size = 0
      this.#keep(seen.subarray(at + this.#mark.length))
    } else this.#keep(chunk)
    this.#tail = this.marked
      ? Buffer.alloc(0)
      : seen.subarray(Math.max(0, seen.length - this.#mark.length + 1))
  }

  #keep(chunk: Buffer): void {
    if (this.#size >= KEPT) return
    this.#chunks.push(Buffer.from(chunk.subarray(0, KEPT - this.#size)))
    this.#size += chunk.length
  }
}
