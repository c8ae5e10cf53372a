import { WireWriter } from './wire.ts'

/** The contents of a key revocation list (KRL). */
export interface RevocationList {
  readonly version: bigint
  /** Seconds since 1970. */
  readonly generatedAt: number
  /** Certificates by CA: its key in wire format, and serial numbers. */
  readonly serials: readonly { readonly authority: Buffer; readonly serials: readonly bigint[] }[]
  /** Key ids, of any CA. */
  readonly keyIds: readonly string[]
  /** Keys in wire format; that of a CA revokes all that it has signed. */
  readonly keys: readonly Buffer[]
  /** SHA-256 of keys; each also revokes all certificates for the key. */
  readonly fingerprints: readonly Buffer[]
}

// PROTOCOL.krl of OpenSSH
const MAGIC = 0x5353484b524c0a00n
const FORMAT = 1
const CERTIFICATES = 1
const EXPLICIT_KEY = 2
const FINGERPRINT_SHA256 = 5
const SERIAL_LIST = 0x20
const SERIAL_RANGE = 0x21
const KEY_ID = 0x23

/**
 * Encodes a key revocation list for sshd's RevokedKeys. PROTOCOL.krl of OpenSSH. It is not signed: OpenSSH has never verified signatures, and
 * has removed them from the format.
 */
export function encodeKrl(list: RevocationList): Buffer {
  const writer = new WireWriter()
    .uint64(MAGIC)
    .uint32(FORMAT)
    .uint64(list.version)
    .uint64(BigInt(list.generatedAt))
    .uint64(0n)
    .string('')
    .string('')
  for (const { authority, serials } of list.serials)
    if (serials.length > 0)
      writer.byte(CERTIFICATES).string(certificates(authority, serialSections(serials)))
  if (list.keyIds.length > 0) {
    const ids = strings(list.keyIds.map(id => Buffer.from(id)))
    const section = new WireWriter().byte(KEY_ID).string(ids).bytes()
    writer.byte(CERTIFICATES).string(certificates(Buffer.alloc(0), section))
  }
  if (list.keys.length > 0) writer.byte(EXPLICIT_KEY).string(strings(list.keys))
  if (list.fingerprints.length > 0)
    writer.byte(FINGERPRINT_SHA256).string(strings(list.fingerprints))
  return writer.bytes()
}

const certificates = (authority: Buffer, sections: Buffer) =>
  new WireWriter().string(authority).string('').raw(sections).bytes()

function strings(values: readonly Buffer[]): Buffer {
  const writer = new WireWriter()
  for (const value of [...values].sort(Buffer.compare)) writer.string(value)
  return writer.bytes()
}

/** Serials in ascending order: consecutive ones as ranges, all others as one list of 8 bytes each. */
function serialSections(serials: readonly bigint[]): Buffer {
  const sorted = [...new Set(serials)].sort((a, b) => (a < b ? -1 : 1))
  const writer = new WireWriter()
  const single: bigint[] = []
  for (let at = 0; at < sorted.length; ) {
    const first = sorted[at] as bigint
    let end = at + 1
    while (end < sorted.length && sorted[end] === first + BigInt(end - at)) end++
    if (end - at > 2)
      writer.byte(SERIAL_RANGE).string(
        new WireWriter()
          .uint64(first)
          .uint64(sorted[end - 1] as bigint)
          .bytes(),
      )
    else single.push(...sorted.slice(at, end))
    at = end
  }
  if (single.length > 0) {
    const bytes = Buffer.alloc(8 * single.length)
    for (const [index, serial] of single.entries()) bytes.writeBigUInt64BE(serial, 8 * index)
    writer.byte(SERIAL_LIST).string(bytes)
  }
  return writer.bytes()
}
