import { Refusal } from '../refusal.ts'

/** The fields of a host certificate that are needed here. */
export interface HostCertificate {
  readonly principals: readonly string[]
  /** Seconds since 1970: the first in which it is valid, and the first in which it has expired. */
  readonly after: bigint
  readonly before: bigint
}

/** `before` of a certificate that does not expire. PROTOCOL.certkeys of OpenSSH. */
export const FOREVER = 2n ** 64n - 1n

const SUFFIX = '-cert-v01@openssh.com'
const HOST = 2

/**
 * Reads a certificate, one line, for a host key.
 * @param key line of the public key
 * @throws {Refusal} if it is anything else
 */
export function hostCertificate(text: string, key: string): HostCertificate {
  const [type, blob] = lineOf(text) ?? ['', Buffer.alloc(0)]
  const [plain, own] = lineOf(key) ?? ['', Buffer.alloc(0)]
  if (plain === '') throw new Refusal('settings', 'the key of this host is not one line')
  if (!type.endsWith(SUFFIX)) throw refused('not a certificate')
  const reader = new Reader(blob)
  if (reader.string().toString('latin1') !== type) throw refused('not a certificate')
  reader.string() // its nonce
  // a certificate contains the fields of the key unchanged
  const parts = ownParts(own)
  const same = type === `${plain}${SUFFIX}` && reader.take(parts.length).equals(parts)
  if (!same) throw refused('a certificate for another key')
  reader.uint64() // its serial number
  if (reader.uint32() !== HOST) throw refused('not a certificate for a host')
  reader.string() // its key id
  const names = new Reader(reader.string())
  const principals: string[] = []
  while (!names.ended) principals.push(names.string().toString())
  return { principals, after: reader.uint64(), before: reader.uint64() }
}

const refused = (what: string) => new Refusal('protocol', `the reply is ${what}`)

/** Type and bytes of a single line. Of several, sshd and ssh-keygen may read different ones. */
function lineOf(text: string): readonly [string, Buffer] | undefined {
  const [, type = '', base64 = ''] =
    /^([\w@.-]+) ([A-Za-z0-9+/=]+)(?: [^\r\n]*)?\n?$/.exec(text) ?? []
  return type === '' ? undefined : [type, Buffer.from(base64, 'base64')]
}

/** What follows the type in a public key. */
function ownParts(blob: Buffer): Buffer {
  const reader = new Reader(blob)
  reader.string()
  return reader.rest()
}

/** Reads the wire format. RFC 4251 §5. @throws {Refusal} at its end */
class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get ended(): boolean {
    return this.#at === this.#bytes.length
  }

  take(length: number): Buffer {
    if (this.#bytes.length - this.#at < length) throw refused('not a whole certificate')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  rest = (): Buffer => this.take(this.#bytes.length - this.#at)
  uint32 = (): number => this.take(4).readUInt32BE()
  uint64 = (): bigint => this.take(8).readBigUInt64BE()
  string = (): Buffer => this.take(this.uint32())
}
