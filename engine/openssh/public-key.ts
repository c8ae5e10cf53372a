import { createHash, createPublicKey } from 'node:crypto'
import { Invalid } from '../../shared/invalid.ts'
import { WireReader } from './wire.ts'

/** A public key that can be certified. */
export interface PublicKey {
  /** Name on the wire: `ssh-ed25519`. */
  readonly type: string
  readonly family: 'rsa' | 'ecdsa' | 'ed25519' | 'sk-ecdsa' | 'sk-ed25519'
  /** The size of the modulus of an RSA key, or of the curve. */
  readonly bits: number
  /** The whole key in wire format. */
  readonly blob: Buffer
  /** The part after the type in wire format, which is the same in a certificate. */
  readonly body: Buffer
}

/** The most bytes of an RSA exponent: a larger one makes verification slow, and none is in use. */
const EXPONENT_BYTES = 4

interface Kind {
  readonly family: PublicKey['family']
  /** Parses the parts after the type. Returns the bits. @throws {Invalid} if it is not such a key */
  readonly check: (reader: WireReader) => number
}

const KINDS: Readonly<Record<string, Kind>> = {
  'ssh-rsa': { family: 'rsa', check: checkRsa },
  'ecdsa-sha2-nistp256': { family: 'ecdsa', check: curve('nistp256', 'P-256', 256) },
  'ecdsa-sha2-nistp384': { family: 'ecdsa', check: curve('nistp384', 'P-384', 384) },
  'ecdsa-sha2-nistp521': { family: 'ecdsa', check: curve('nistp521', 'P-521', 521) },
  'ssh-ed25519': { family: 'ed25519', check: checkEd25519 },
  'sk-ssh-ed25519@openssh.com': { family: 'sk-ed25519', check: onToken(checkEd25519) },
  'sk-ecdsa-sha2-nistp256@openssh.com': {
    family: 'sk-ecdsa',
    check: onToken(curve('nistp256', 'P-256', 256)),
  },
}

/**
 * Parses a public key in OpenSSH's one-line format, `type base64 comment`, or base64 alone. The key must be complete, of the declared type, and
 * a point on its curve. Certificates and DSA keys are refused.
 * @throws {Invalid} RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4, PROTOCOL.u2f
 */
export function parsePublicKey(line: string): PublicKey {
  if (/-----BEGIN [\w ]*PRIVATE KEY-----/.test(line))
    throw new Invalid(
      'it is a private key: send the public one, which is in the file that ends in .pub',
    )
  if (/[\r\n]/.test(line.trim())) throw new Invalid('it is more than one line')
  const words = line.trim().split(/[ \t]+/)
  const [declared, base64 = ''] = words.length > 1 ? words : [undefined, words[0]]
  const blob = Buffer.from(base64, 'base64')
  if (base64 === '' || blob.toString('base64') !== base64) throw new Invalid('it is not base64')
  const key = readPublicKey(blob)
  if (declared !== undefined && declared !== key.type)
    throw new Invalid(`it is of type ${key.type}, not ${JSON.stringify(declared)}`)
  return key
}

/** Parses a public key in wire format. @throws {Invalid} as {@link parsePublicKey} */
export function readPublicKey(blob: Buffer): PublicKey {
  const reader = new WireReader(blob)
  const type = reader.text()
  if (type.includes('-cert-')) throw new Invalid('it is a certificate, not a key')
  const kind = Object.hasOwn(KINDS, type) ? KINDS[type] : undefined
  if (!kind) throw new Invalid(`keys of type ${JSON.stringify(type)} are not supported`)
  const body = reader.rest
  const bits = kind.check(reader)
  reader.end()
  return { type, family: kind.family, bits, blob, body }
}

/** `type base64`: OpenSSH's one-line format without a comment. */
export const publicKeyLine = ({ type, blob }: Pick<PublicKey, 'type' | 'blob'>): string =>
  `${type} ${blob.toString('base64')}`

/** `SHA256:…`, as OpenSSH shows keys. */
export const fingerprintOf = ({ blob }: Pick<PublicKey, 'blob'>): string =>
  `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`

function checkRsa(reader: WireReader): number {
  const [exponent, modulus] = [positive(reader.string()), positive(reader.string())]
  const bits = modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24
  const odd = (number: Buffer) => ((number.at(-1) ?? 0) & 1) === 1
  if (!odd(modulus) || !odd(exponent)) throw new Invalid('modulus and exponent must be odd')
  if (exponent.length === 1 && (exponent[0] ?? 0) < 3)
    throw new Invalid('the exponent is too small')
  if (exponent.length > EXPONENT_BYTES) throw new Invalid('the exponent is too large')
  if (bits < 1024 || bits > 16_384) throw new Invalid(`an RSA key cannot have ${bits} bits`)
  return bits
}

/** A positive mpint without its sign byte; only the shortest encoding is accepted. */
function positive(bytes: Buffer): Buffer {
  const [first = 0, second = 0] = bytes
  if (bytes.length === 0 || first >= 0x80) throw new Invalid('a number in it is not positive')
  if (first !== 0) return bytes
  if (second < 0x80) throw new Invalid('a number in it has zeros before it')
  return bytes.subarray(1)
}

function checkEd25519(reader: WireReader): number {
  if (reader.string().length !== 32) throw new Invalid('an Ed25519 key has 32 bytes')
  return 256
}

function curve(name: string, jwk: string, bits: number) {
  const size = Math.ceil(bits / 8)
  return (reader: WireReader): number => {
    if (reader.text() !== name) throw new Invalid('its curve is not that of its type')
    const point = reader.string()
    if (point.length !== 1 + 2 * size || point[0] !== 4)
      throw new Invalid('its point is not in the uncompressed form')
    const [x, y] = [point.subarray(1, 1 + size), point.subarray(1 + size)].map(each =>
      each.toString('base64url'),
    ) as [string, string]
    try {
      createPublicKey({ key: { kty: 'EC', crv: jwk, x, y }, format: 'jwk' })
    } catch (cause) {
      throw new Invalid('its point is not on its curve', { cause })
    }
    return bits
  }
}

/** The same key on a FIDO token, which has an application in addition. */
function onToken(check: Kind['check']): Kind['check'] {
  return reader => {
    const bits = check(reader)
    if (reader.string().length === 0) throw new Invalid('its application is empty')
    return bits
  }
}
