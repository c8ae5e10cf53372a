import { createHash, type KeyObject } from 'node:crypto'
import { isIP, isIPv4 } from 'node:net'
import { der, integer, objectId, octets, sequence, YES } from './der-writer.ts'

/** What a certificate is valid for. */
export interface Names {
  /** DNS names. */
  readonly names: readonly string[]
  /** IP addresses. */
  readonly addresses: readonly string[]
}

/** What the certificates of a CA may be valid for. */
export interface Permitted {
  /** DNS names, each with all names below it. */
  readonly domains: readonly string[]
  /** Blocks of addresses: `10.0.0.0/8`, `fd00::/64`. */
  readonly networks: readonly string[]
}

/**
 * basicConstraints: a CA; keyUsage: keyCertSign, cRLSign.
 * @param permitted nameConstraints; such a CA issues no certificates for other CAs
 */
export const authorityExtensions = (key: KeyObject, permitted?: Permitted) => [
  critical('551d13', permitted ? sequence(YES, integer(Buffer.of(0))) : sequence(YES)),
  critical('551d0f', der(0x03, Buffer.of(1, 0x06))),
  sequence(objectId('551d0e'), octets(octets(keyIdentifier(key)))),
  ...(permitted ? [nameConstraints(permitted)] : []),
]

/** basicConstraints: not a CA; keyUsage: digitalSignature; extKeyUsage: serverAuth. */
const SERVER = () => [
  critical('551d13', sequence()),
  critical('551d0f', der(0x03, Buffer.of(7, 0x80))),
  sequence(objectId('551d25'), octets(sequence(objectId('2b06010505070301')))),
]

/** @param issuer public key of the CA, for the authority key identifier */
export const serverExtensions = (valid: Names, issuer?: KeyObject) => [
  ...SERVER(),
  ...(issuer ? [authorityKeyIdentifier(issuer)] : []),
  subjectAltName(valid),
]

const critical = (id: string, value: Buffer) => sequence(objectId(id), YES, octets(value))

const authorityKeyIdentifier = (key: KeyObject) =>
  sequence(objectId('551d23'), octets(sequence(der(0x80, keyIdentifier(key)))))

const keyIdentifier = (key: KeyObject) =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest()
    .subarray(0, 20)

const subjectAltName = ({ names, addresses }: Names) =>
  sequence(
    objectId('551d11'),
    octets(
      sequence(
        ...names.map(name => der(0x82, Buffer.from(name))),
        ...addresses.map(address => der(0x87, addressBytes(address))),
      ),
    ),
  )

/** RFC 5280 §4.2.1.10. Names of a kind that is not listed would be permitted, so both kinds always are: no network means no address. */
function nameConstraints({ domains, networks }: Permitted): Buffer {
  const permitted = [
    ...domains.map(domain => der(0x82, Buffer.from(domain))),
    ...networks.map(network => der(0x87, networkBytes(network))),
  ].map(each => sequence(each))
  const excluded = [
    ...(domains.length === 0 ? [der(0x82)] : []),
    ...(networks.length === 0
      ? ['0.0.0.0/0', '::/0'].map(all => der(0x87, networkBytes(all)))
      : []),
  ].map(each => sequence(each))
  return critical(
    '551d1e',
    sequence(
      ...(permitted.length > 0 ? [der(0xa0, ...permitted)] : []),
      ...(excluded.length > 0 ? [der(0xa1, ...excluded)] : []),
    ),
  )
}

/** The address and its mask. */
function networkBytes(network: string): Buffer {
  const [address = '', prefix] = network.split('/')
  const bytes = addressBytes(address)
  const length = Number(prefix ?? bytes.length * 8)
  const mask = Buffer.from(bytes).map((_, index) => {
    const ones = Math.min(8, Math.max(0, length - index * 8))
    return (0xff << (8 - ones)) & 0xff
  })
  return Buffer.concat([bytes.map((byte, index) => byte & (mask[index] ?? 0)), mask])
}

function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number))
  if (!isIP(address)) throw new Error(`${address} is not an IP address`)
  const [left = [], right] = address.split('::').map(half => half.split(':').filter(Boolean))
  const zeros = right ? Array<string>(8 - left.length - right.length).fill('0') : []
  const groups = [...left, ...zeros, ...(right ?? [])]
  return Buffer.from(groups.map(group => group.padStart(4, '0')).join(''), 'hex')
}
