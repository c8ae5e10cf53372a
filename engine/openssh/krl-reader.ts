import { Invalid } from '../../shared/invalid.ts'
import { WireReader } from './wire.ts'

/** What is in a key revocation list, counted. */
export interface KrlSummary {
  readonly version: bigint
  /** Seconds since 1970. */
  readonly generatedAt: number
  readonly serials: bigint
  readonly keyIds: number
  readonly keys: number
  readonly fingerprints: number
}

// PROTOCOL.krl of OpenSSH
const MAGIC = 0x5353484b524c0a00n
const [CERTIFICATES, EXPLICIT_KEY, SHA1, SHA256] = [1, 2, 3, 5]
const [SERIAL_LIST, SERIAL_RANGE, SERIAL_BITMAP, KEY_ID] = [0x20, 0x21, 0x22, 0x23]

/** Counts what a key revocation list revokes, as {@link encodeKrl} and ssh-keygen write it. @throws {Invalid} if it is none */
export function summarizeKrl(bytes: Uint8Array): KrlSummary {
  const reader = new WireReader(bytes)
  if (bytes.length < 44 || reader.uint64() !== MAGIC)
    throw new Invalid('it is no key revocation list of OpenSSH')
  reader.uint32()
  const [version, generatedAt] = [reader.uint64(), Number(reader.uint64())]
  reader.uint64()
  reader.string()
  reader.string()
  const counts = { serials: 0n, keyIds: 0, keys: 0, fingerprints: 0 }
  while (reader.rest.length > 0) {
    const type = reader.byte()
    const section = reader.string()
    if (type === CERTIFICATES) countCertificates(section, counts)
    else if (type === EXPLICIT_KEY) counts.keys += countStrings(section)
    else if (type === SHA1 || type === SHA256) counts.fingerprints += countStrings(section)
  }
  return { version, generatedAt, ...counts }
}

function countCertificates(section: Buffer, counts: { serials: bigint; keyIds: number }): void {
  const reader = new WireReader(section)
  reader.string()
  reader.string()
  while (reader.rest.length > 0) {
    const type = reader.byte()
    const part = reader.string()
    if (type === SERIAL_LIST) counts.serials += BigInt(part.length / 8)
    if (type === SERIAL_RANGE) counts.serials += rangeOf(part)
    if (type === SERIAL_BITMAP) counts.serials += bitsIn(part)
    if (type === KEY_ID) counts.keyIds += countStrings(part)
  }
}

function rangeOf(part: Buffer): bigint {
  const reader = new WireReader(part)
  const [first, last] = [reader.uint64(), reader.uint64()]
  return last - first + 1n
}

/** The serials of a bitmap, whose bits follow the offset. */
function bitsIn(part: Buffer): bigint {
  const reader = new WireReader(part)
  reader.uint64()
  let bits = 0n
  for (const byte of reader.string())
    for (let rest = byte; rest > 0; rest >>= 1) bits += BigInt(rest & 1)
  return bits
}

function countStrings(section: Buffer): number {
  const reader = new WireReader(section)
  let count = 0
  for (; reader.rest.length > 0; count++) reader.string()
  return count
}
