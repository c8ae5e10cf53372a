import { Invalid } from '../../shared/invalid.ts'

const INTEGER = 0x02
const OCTET_STRING = 0x04
const OBJECT_IDENTIFIER = 0x06
const SEQUENCE = 0x30

/** The most bytes of an integer that a JavaScript number can represent. */
const SAFE = 6

/** Parses the types of DER that describe how a key is encrypted. X.690. @throws {Invalid} for everything else */
export class DerReader {
  #rest: Buffer

  constructor(bytes: Buffer) {
    this.#rest = bytes
  }

  sequence(): DerReader {
    return new DerReader(this.#value(SEQUENCE))
  }

  octets(): Buffer {
    return this.#value(OCTET_STRING)
  }

  /** A positive integer; Infinity if it is larger than any permitted value. */
  integer(): number {
    const bytes = this.#value(INTEGER)
    if (bytes.length === 0 || (bytes[0] ?? 0) >= 0x80) throw new Invalid('it has a negative number')
    const first = bytes.findIndex(byte => byte !== 0)
    if (first < 0) return 0
    const digits = bytes.subarray(first)
    return digits.length > SAFE ? Number.POSITIVE_INFINITY : digits.readUIntBE(0, digits.length)
  }

  /** With dots between its numbers. */
  objectId(): string {
    const numbers = [0]
    for (const byte of this.#value(OBJECT_IDENTIFIER)) {
      numbers.push((numbers.pop() ?? 0) * 128 + (byte & 0x7f))
      if (byte < 0x80) numbers.push(0)
    }
    const [both = 0, ...others] = numbers.slice(0, -1)
    const first = Math.min(Math.floor(both / 40), 2)
    return [first, both - first * 40, ...others].join('.')
  }

  #value(type: number): Buffer {
    const [tag, length] = [this.#take(1)[0], this.#length()]
    if (tag !== type) throw new Invalid('it is not laid out as an encrypted key')
    return this.#take(length)
  }

  #length(): number {
    const first = this.#take(1)[0] ?? 0
    if (first < 0x80) return first
    const size = first & 0x7f
    if (size < 1 || size > 3) throw new Invalid('it is not laid out as an encrypted key')
    return this.#take(size).readUIntBE(0, size)
  }

  #take(length: number): Buffer {
    if (length > this.#rest.length) throw new Invalid('it is cut short')
    const taken = this.#rest.subarray(0, length)
    this.#rest = this.#rest.subarray(length)
    return taken
  }
}
