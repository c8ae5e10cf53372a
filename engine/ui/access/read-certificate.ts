/** What a certificate allows, as sshd reads it. */
export interface CertificateFacts {
  /** In decimal, as sshd logs it. */
  readonly serial: string
  readonly keyId: string
  readonly principals: readonly string[]
  /** Undefined for one that does not expire. */
  readonly validBefore: Date | undefined
  readonly criticalOptions: Readonly<Record<string, string>>
  readonly extensions: readonly string[]
}

/** How many strings stand before the serial number: the nonce, and those of the key. PROTOCOL.certkeys. */
const LEADING: Readonly<Record<string, number>> = {
  'ssh-ed25519-cert-v01@openssh.com': 2,
  'sk-ssh-ed25519-cert-v01@openssh.com': 3,
  'ssh-rsa-cert-v01@openssh.com': 3,
  'ecdsa-sha2-nistp256-cert-v01@openssh.com': 3,
  'ecdsa-sha2-nistp384-cert-v01@openssh.com': 3,
  'ecdsa-sha2-nistp521-cert-v01@openssh.com': 3,
  'sk-ecdsa-sha2-nistp256-cert-v01@openssh.com': 4,
}

/** The time that stands for one that never comes. */
const FOREVER = 0xffff_ffff_ffff_ffffn

/** Reads a line of a certificate file; undefined for what is none. */
export function readCertificate(line: string): CertificateFacts | undefined {
  const [type = '', encoded = ''] = line.trim().split(/\s+/)
  const leading = LEADING[type]
  if (leading === undefined) return undefined
  try {
    return factsOf(new WireReader(decode(encoded)), leading)
  } catch {
    return undefined
  }
}

function factsOf(wire: WireReader, leading: number): CertificateFacts {
  // the type once more
  wire.bytes()
  for (let index = 0; index < leading; index++) wire.bytes()
  const serial = wire.uint64().toString()
  wire.uint32()
  const keyId = wire.text()
  const principals = listed(wire.bytes())
  wire.uint64()
  const before = wire.uint64()
  const criticalOptions = named(wire.bytes())
  const extensions = Object.keys(named(wire.bytes()))
  const validBefore = before === FOREVER ? undefined : new Date(Number(before) * 1000)
  return { serial, keyId, principals, validBefore, criticalOptions, extensions }
}

const decode = (encoded: string) => Uint8Array.from(atob(encoded), letter => letter.charCodeAt(0))

function listed(bytes: Uint8Array): readonly string[] {
  const wire = new WireReader(bytes)
  const found: string[] = []
  while (wire.hasMore) found.push(wire.text())
  return found
}

/** Options and their values, which are strings within strings. */
function named(bytes: Uint8Array): Readonly<Record<string, string>> {
  const wire = new WireReader(bytes)
  // any name may be in it, and none has a meaning
  const found: Record<string, string> = Object.create(null)
  while (wire.hasMore) {
    const name = wire.text()
    const value = wire.bytes()
    found[name] = value.length > 0 ? new WireReader(value).text() : ''
  }
  return found
}

/** Reads the data types of RFC 4251 §5. Its methods throw a RangeError where the bytes end too early. */
class WireReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get hasMore(): boolean {
    return this.#at < this.#bytes.length
  }

  uint32(): number {
    this.#at += 4
    return this.#view.getUint32(this.#at - 4)
  }

  uint64(): bigint {
    this.#at += 8
    return this.#view.getBigUint64(this.#at - 8)
  }

  bytes(): Uint8Array {
    const length = this.uint32()
    if (this.#at + length > this.#bytes.length) throw new RangeError('the bytes end too early')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  text(): string {
    return new TextDecoder().decode(this.bytes())
  }
}
