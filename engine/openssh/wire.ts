import { Invalid } from '../../shared/invalid.ts'

/** Encodes the data types of the SSH protocol. RFC 4251 §5. */
export class WireWriter {
  readonly #parts: Buffer[] = []

  byte(value: number): this {
    return this.raw(Buffer.of(value))
  }

  uint32(value: number): this {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value)
    return this.raw(bytes)
  }

  uint64(value: bigint): this {
    const bytes = Buffer.alloc(8)
    bytes.writeBigUInt64BE(value)
    return this.raw(bytes)
  }

  /** Bytes, or a text in UTF-8, preceded by their length. */
  string(value: string | Uint8Array): this {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value
    return this.uint32(bytes.length).raw(bytes)
  }

  /** A positive number of any size, big-endian. */
  mpint(value: Uint8Array): this {
    const first = value.findIndex(byte => byte !== 0)
    const bytes = first < 0 ? new Uint8Array() : value.subarray(first)
    const signed = (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes
    return this.string(signed)
  }

  /** Bytes without a length. */
  raw(bytes: Uint8Array): this {
    this.#parts.push(Buffer.from(bytes))
    return this
  }

  bytes(): Buffer {
    return Buffer.concat(this.#parts)
  }
}

/** Decodes the output of {@link WireWriter}. @throws {Invalid} if the bytes end too early */
export class WireReader {
  #rest: Buffer

  constructor(bytes: Uint8Array) {
    this.#rest = Buffer.from(bytes)
  }

  /** The bytes that have not been read. */

  get rest(): Buffer {
    return this.#rest
  }

  byte(): number {
    return this.#take(1).readUInt8()
  }

  uint32(): number {
    return this.#take(4).readUInt32BE()
  }

  uint64(): bigint {
    return this.#take(8).readBigUInt64BE()
  }

  string(): Buffer {
    return this.#take(this.uint32())
  }

  text(): string {
    return this.string().toString()
  }

  /** @throws {Invalid} unless everything has been read */
  end(): void {
    if (this.#rest.length > 0) throw new Invalid('there is data behind its end')
  }

  #take(length: number): Buffer {
    if (length > this.#rest.length) throw new Invalid('it is cut short')
    const taken = this.#rest.subarray(0, length)
    this.#rest = this.#rest.subarray(length)
    return taken
  }
}
