import { createHash, type KeyObject, randomBytes, sign } from 'node:crypto'
import { isIPv4 } from 'node:net'

/** The contents of a certificate, and the key that signs it. */
export interface Contents {
  readonly issuer: string
  readonly key: KeyObject
  readonly subject: string
  readonly publicKey: KeyObject
  readonly from: Date
  readonly to: Date
  readonly extensions: readonly Buffer[]
}

/** A version 3 certificate in PEM, signed with ECDSA. RFC 5280 §4.1. */
export function certificate({
  issuer,
  key,
  subject,
  publicKey,
  from,
  to,
  extensions,
}: Contents): string {
  const body = sequence(
    der(0xa0, integer(Buffer.of(2))),
    integer(Buffer.concat([Buffer.of(1), randomBytes(15)])),
    ECDSA_WITH_SHA256,
    commonName(issuer),
    sequence(time(from), time(to)),
    commonName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  )
  return pem(sequence(body, ECDSA_WITH_SHA256, bits(sign('sha256', body, key))))
}

const der = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(parts)
  const size = content.length
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255]
  return Buffer.concat([Buffer.of(tag, ...length), content])
}

const sequence = (...parts: readonly Buffer[]) => der(0x30, ...parts)
const integer = (content: Buffer) => der(0x02, content)
const bits = (content: Buffer) => der(0x03, Buffer.of(0), content)
const octets = (content: Buffer) => der(0x04, content)
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'))
const YES = der(0x01, Buffer.of(0xff))

const commonName = (text: string) =>
  sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(text)))))

/** UTCTime, for dates until 2049. */
const time = (date: Date) =>
  der(0x17, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`))

const critical = (id: string, value: Buffer) => sequence(oid(id), YES, octets(value))

const ECDSA_WITH_SHA256 = sequence(oid('2a8648ce3d040302'))

/** basicConstraints: a CA; keyUsage: keyCertSign, cRLSign. */
export const authorityExtensions = (key: KeyObject) => [
  critical('551d13', sequence(YES)),
  critical('551d0f', der(0x03, Buffer.of(1, 0x06))),
  sequence(oid('551d0e'), octets(octets(keyIdentifier(key)))),
]

/** basicConstraints: not a CA; keyUsage: digitalSignature; extKeyUsage: serverAuth. */
const SERVER = [
  critical('551d13', sequence()),
  critical('551d0f', der(0x03, Buffer.of(7, 0x80))),
  sequence(oid('551d25'), octets(sequence(oid('2b06010505070301')))),
]

interface Names {
  /** DNS names. */
  readonly names: readonly string[]
  readonly addresses: readonly string[]
}

/** @param issuer public key of the CA, for the authority key identifier */
export const serverExtensions = ({ names, addresses }: Names, issuer?: KeyObject) => [
  ...SERVER,
  ...(issuer ? [authorityKeyIdentifier(issuer)] : []),
  subjectAltName(names, addresses),
]

const authorityKeyIdentifier = (key: KeyObject) =>
  sequence(oid('551d23'), octets(sequence(der(0x80, keyIdentifier(key)))))

const keyIdentifier = (key: KeyObject) =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest()
    .subarray(0, 20)

const subjectAltName = (names: readonly string[], addresses: readonly string[]) =>
  sequence(
    oid('551d11'),
    octets(
      sequence(
        ...names.map(name => der(0x82, Buffer.from(name))),
        ...addresses.map(address => der(0x87, addressBytes(address))),
      ),
    ),
  )

function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number))
  const [left = [], right] = address.split('::').map(half => half.split(':').filter(Boolean))
  const zeros = right ? Array<string>(8 - left.length - right.length).fill('0') : []
  const groups = [...left, ...zeros, ...(right ?? [])]
  return Buffer.from(groups.map(group => group.padStart(4, '0')).join(''), 'hex')
}

const pem = (bytes: Buffer) =>
  `-----BEGIN CERTIFICATE-----\n${bytes.toString('base64').replace(/.{64}/g, '$&\n').trimEnd()}\n-----END CERTIFICATE-----\n`
