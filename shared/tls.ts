import { createHash, timingSafeEqual, X509Certificate } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import {
  type ConnectionOptions,
  checkServerIdentity,
  DEFAULT_CIPHERS,
  type PeerCertificate,
} from 'node:tls'
import { Invalid } from './invalid.ts'
import { reading } from './reading.ts'

/** How to authenticate a server. */
export interface Trust {
  /** PEM file of CA certificates, roots or not, or of the server's own certificate. */
  readonly caFile?: string | undefined
  /** Directory of such files, searched recursively. */
  readonly caPath?: string | undefined
  /** The name in the certificate, if it is not the dialled one. */
  readonly serverName?: string | undefined
  /** If not empty, the server's public key must be one of them. */
  readonly pins?: readonly Pin[]
  /** Accepts any certificate. For development. */
  readonly skipVerify?: boolean
}

/** SHA-256 of a SubjectPublicKeyInfo in DER. RFC 7469 §2.4. */
export type Pin = Buffer

/** The server's key is not pinned. Has the pin of that key. */
export class PinMismatch extends Error {
  override readonly name = 'PinMismatch'
  readonly pin: string

  constructor(pin: Pin) {
    const text = pin.toString('base64')
    super(`the server's key is none of those in pin_sha256; it is ${text}`)
    this.pin = text
  }
}

/**
 * A listed certificate is a trust anchor although it is not a root: that of an intermediate CA, or the server's own. A certificate that
 * is not a CA's still issues no others, and all other checks remain. Go's clients do the same.
 */
export const LISTED = { allowPartialTrustChain: true } as const

/** No RSA key exchange, which has no forward secrecy. Go's clients refuse it, too. */
const CIPHERS = `${DEFAULT_CIPHERS}:!kRSA`

/**
 * Options for `tls.connect` to `host`, also through undici's `connect`: TLS 1.2 or newer with forward secrecy, a certificate for that name
 * from one of the CAs, and one of the pinned keys. Without CAs of its own it trusts the system's.
 * @throws {Invalid} if a file or directory has no certificate
 */
export function tlsOptions(
  host: string,
  trust: Trust,
  read: Read = file => reading(file, () => readFileSync(file, 'utf8')),
): ConnectionOptions {
  const { serverName = host, pins = [], skipVerify = false } = trust
  const secure = { minVersion: 'TLSv1.2', ciphers: CIPHERS } as const
  // an address must not be sent as a server name (RFC 6066 §3), but is verified
  const named = isIP(serverName) ? secure : { ...secure, servername: serverName }
  if (skipVerify) return { ...named, rejectUnauthorized: false }
  const ca = caCertificates(trust, read)
  return {
    ...named,
    ...(ca && { ca, ...LISTED }),
    rejectUnauthorized: true,
    checkServerIdentity: (_, certificate) =>
      checkServerIdentity(serverName, certificate) ?? checkPin(certificate, pins),
  }
}

/**
 * Parses a pin: 32 bytes in base64 or hexadecimal, optionally after `sha256/`.
 * @throws {Invalid}
 */
export function parsePin(text: string): Pin {
  const bare = text.replaceAll(':', '')
  const [, hex] = /^(?:sha256\/{1,2})?([0-9a-f]{64})$/i.exec(bare) ?? []
  if (hex !== undefined) return Buffer.from(hex, 'hex')
  // base64 may begin with a slash itself, so only its length tells where it begins
  const [, base64] = /^(?:sha256\/{1,2})?([\w+/-]{43})=?$/.exec(bare) ?? []
  if (base64 !== undefined) return Buffer.from(base64, 'base64')
  throw new Invalid(`"${text}" is not a SHA-256 in base64 or hexadecimal`)
}

/** Checks the server's own key only: other certificates it sends need not be part of the verified chain. */
function checkPin({ raw }: PeerCertificate, pins: readonly Pin[]): Error | undefined {
  if (pins.length === 0) return undefined
  const key = new X509Certificate(raw).publicKey.export({ type: 'spki', format: 'der' })
  const pin = createHash('sha256').update(key).digest()
  return pins.some(each => timingSafeEqual(each, pin)) ? undefined : new PinMismatch(pin)
}

type Read = (file: string) => string

/** The system's CA certificates in Debian and derivatives, Red Hat and derivatives, SUSE, Alpine. */
const SYSTEM = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
]

function caCertificates({ caFile, caPath }: Trust, read: Read): string[] | undefined {
  if (caFile !== undefined) return [certificatesIn(caFile, read)]
  if (caPath !== undefined) return certificatesUnder(caPath, read)
  const system = SYSTEM.find(existsSync)
  // not checked one by one: more than a hundred certificates, for every login
  return system === undefined ? undefined : [read(system)]
}

function certificatesIn(file: string, read: Read): string {
  const text = read(file)
  if (!isPem(text)) throw new Invalid(`${file} holds no PEM certificate`)
  requireCertificates(file, text)
  return text
}

/** OpenSSL skips certificates that it cannot parse, and the error would then blame the server's CA. */
function requireCertificates(file: string, text: string): void {
  for (const [index, [block]] of [...text.matchAll(PEM)].entries()) {
    try {
      new X509Certificate(block)
    } catch (error) {
      throw new Invalid(`${file}: certificate ${index + 1} cannot be read`, { cause: error })
    }
  }
}

const PEM = /-----BEGIN CERTIFICATE-----(?:[^-]*-----END CERTIFICATE-----)?/g

function certificatesUnder(folder: string, read: Read): string[] {
  const found = filesUnder(folder)
    .map(file => ({ file, text: read(file) }))
    .filter(({ text }) => isPem(text))
  if (found.length === 0) throw new Invalid(`${folder} holds no PEM certificate`)
  for (const { file, text } of found) requireCertificates(file, text)
  return found.map(({ text }) => text)
}

/** Follows symbolic links to files, but not to directories, which could form a loop. */
function filesUnder(folder: string): string[] {
  const entries = reading(folder, () => readdirSync(folder, { withFileTypes: true }))
  return entries.flatMap(each => {
    const path = join(folder, each.name)
    if (each.isDirectory()) return filesUnder(path)
    // names of c_rehash: links to files in the same directory
    if (/^[0-9a-f]{8}\.\d+$/.test(each.name)) return []
    // opening a named pipe would block
    return reading(path, () => statSync(path)).isFile() ? [path] : []
  })
}

const isPem = (text: string) => text.includes('-----BEGIN CERTIFICATE-----')
