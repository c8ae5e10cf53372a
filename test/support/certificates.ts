import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { isIPv4 } from 'node:net'
import { join } from 'node:path'

/** A throw-away certificate authority. */
export interface CertificateAuthority {
  /** PEM file of its own certificate. */
  readonly caFile: string
  issue(subject: Subject): Certificate
  /**
   * An authority below this one, whose certificate servers send along with their own.
   * @param kind `server` for one that has the certificate of a server, and is no authority
   */
  below(dir: string, kind?: 'authority' | 'server'): CertificateAuthority
}

/** What signs an authority's certificate in its place. */
interface Signer {
  readonly issuer: string
  readonly key: KeyObject
  readonly kind: 'authority' | 'server'
}

export interface Subject {
  /** DNS names. */
  readonly names?: readonly string[]
  readonly addresses?: readonly string[]
  /** How long it is valid, from a minute ago on; a negative number makes one that ended that many days ago. */
  readonly days?: number
  /** In how many days it begins to be valid, in place of a minute ago. */
  readonly startsIn?: number
  /** Signed with its own key, by nobody else. */
  readonly selfSigned?: boolean
}

export interface Certificate {
  readonly keyFile: string
  readonly certFile: string
}

/** Makes a certificate authority with a P-256 key, for tests and for the demo. Its files, and those it issues, are in `dir`. */
export function certificateAuthority(dir: string, above?: Signer): CertificateAuthority {
  mkdirSync(dir, { recursive: true })
  const name = `Throw-away CA ${randomBytes(4).toString('hex')}`
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const caFile = join(dir, 'ca.pem')
  const [from, to] = [minuteAgo(), daysOn(3650)]
  const own = { issuer: name, key: keys.privateKey, subject: name, publicKey: keys.publicKey }
  const extensions =
    above?.kind === 'server'
      ? [...LEAF_EXTENSIONS, subjectAltName([name], [])]
      : CA_EXTENSIONS(keys.publicKey)
  const ownText = pem(certificate({ ...own, ...above, from, to, extensions }))
  writeFileSync(caFile, ownText)

  return {
    caFile,
    below: (folder, kind = 'authority') =>
      certificateAuthority(folder, { issuer: name, key: keys.privateKey, kind }),
    issue({ names = [], addresses = [], days = 30, startsIn, selfSigned = false }) {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const serial = randomBytes(4).toString('hex')
      const [keyFile, certFile] = [join(dir, `${serial}.key`), join(dir, `${serial}.pem`)]
      const validity =
        days < 0
          ? { from: daysOn(days - 1), to: daysOn(days) }
          : { from: startsIn === undefined ? minuteAgo() : daysOn(startsIn), to: daysOn(days) }
      const extensions = [
        ...LEAF_EXTENSIONS,
        authorityKeyIdentifier(selfSigned ? publicKey : keys.publicKey),
        subjectAltName(names, addresses),
      ]
      const subject = names[0] ?? addresses[0] ?? 'nobody'
      const issuer = selfSigned ? { issuer: subject, key: privateKey } : own
      const leaf = pem(certificate({ ...issuer, subject, publicKey, ...validity, extensions }))
      writeFileSync(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
      writeFileSync(certFile, above ? leaf + ownText : leaf)
      return { keyFile, certFile }
    },
  }
}

interface Contents {
  readonly issuer: string
  readonly key: KeyObject
  readonly subject: string
  readonly publicKey: KeyObject
  readonly from: Date
  readonly to: Date
  readonly extensions: readonly Buffer[]
}

/** A version 3 certificate in DER. RFC 5280 §4.1. */
function certificate({ issuer, key, subject, publicKey, from, to, extensions }: Contents): Buffer {
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
  return sequence(body, ECDSA_WITH_SHA256, bits(sign('sha256', body, key)))
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

/** UTCTime, good until 2049. */
const time = (date: Date) =>
  der(0x17, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`))

const critical = (id: string, value: Buffer) => sequence(oid(id), YES, octets(value))

const ECDSA_WITH_SHA256 = sequence(oid('2a8648ce3d040302'))

// basicConstraints: a CA; keyUsage: keyCertSign, cRLSign
const CA_EXTENSIONS = (key: KeyObject) => [
  critical('551d13', sequence(YES)),
  critical('551d0f', der(0x03, Buffer.of(1, 0x06))),
  sequence(oid('551d0e'), octets(octets(keyIdentifier(key)))),
]

// basicConstraints: not a CA; keyUsage: digitalSignature; extKeyUsage: serverAuth
const LEAF_EXTENSIONS = [
  critical('551d13', sequence()),
  critical('551d0f', der(0x03, Buffer.of(7, 0x80))),
  sequence(oid('551d25'), octets(sequence(oid('2b06010505070301')))),
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

const minuteAgo = () => new Date(Date.now() - 60_000)
const daysOn = (days: number) => new Date(Date.now() + days * 86_400_000)
