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

/** Which servers to trust. */
export interface Trust {
  /** PEM file of the authorities that may have issued the server's certificate, roots or not, or of that certificate itself. */
  readonly caFile?: string | undefined
  /** Folder of such files, also in folders below it. */
  readonly caPath?: string | undefined
  /** The name the certificate must have, when it is not the one that was dialled. */
  readonly serverName?: string | undefined
  /** If there are any, the server's own key must be one of them. */
  readonly pins?: readonly Pin[]
  /** Trusts anybody. For development. */
  readonly skipVerify?: boolean
}

/** SHA-256 of a public key as certificates hold it, SubjectPublicKeyInfo in DER. RFC 7469 §2.4. */
export type Pin = Buffer

/** Why the server's key was refused, with the key it has. */
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
 * A certificate that is listed is trusted although it is not a root: that of an intermediate authority, or the server's own. Other
 * servers' certificates signed with the key of such a server are not, nor is anything else about a certificate checked less. Go's clients do so.
 */
export const LISTED = { allowPartialTrustChain: true } as const

/** Not the exchange by RSA alone: whoever gets the server's key later could read what was recorded. Go's clients refuse it, too. */
const CIPHERS = `${DEFAULT_CIPHERS}:!kRSA`

/**
 * Options for `tls.connect` to `host`, also by way of undici's `connect`: TLS 1.2 or newer with forward secrecy, a certificate from one of the
 * authorities, made for that name, and one of the pinned keys. Without authorities of its own it trusts the system's.
 * @throws {Invalid} if there is no certificate where one should be
 */
export function tlsOptions(
  host: string,
  trust: Trust,
  read: Read = file => reading(file, () => readFileSync(file, 'utf8')),
): ConnectionOptions {
  const { serverName = host, pins = [], skipVerify = false } = trust
  const secure = { minVersion: 'TLSv1.2', ciphers: CIPHERS } as const
  // a name in the handshake must not be an address (RFC 6066 §3), but is checked all the same
  const named = isIP(serverName) ? secure : { ...secure, servername: serverName }
  if (skipVerify) return { ...named, rejectUnauthorized: false }
  const ca = authorities(trust, read)
  return {
    ...named,
    ...(ca && { ca, ...LISTED }),
    rejectUnauthorized: true,
    checkServerIdentity: (_, certificate) =>
      checkServerIdentity(serverName, certificate) ?? checkPin(certificate, pins),
  }
}

/**
 * Reads a pin: 32 bytes in base64 or hexadecimal, with or without `sha256/` before it.
 * @throws {Invalid}
 */
export function parsePin(text: string): Pin {
  const bare = text.replaceAll(':', '')
  const [, hex] = /^(?:sha256\/{1,2})?([0-9a-f]{64})$/i.exec(bare) ?? []
  if (hex !== undefined) return Buffer.from(hex, 'hex')
  // base64 may itself begin with a slash, so only its length tells which of them are its own
  const [, base64] = /^(?:sha256\/{1,2})?([\w+/-]{43})=?$/.exec(bare) ?? []
  if (base64 !== undefined) return Buffer.from(base64, 'base64')
  throw new Invalid(`"${text}" is not a SHA-256 in base64 or hexadecimal`)
}

/** Only the server's own key counts: what else it sends need not be part of the chain that was verified. */
function checkPin({ raw }: PeerCertificate, pins: readonly Pin[]): Error | undefined {
  if (pins.length === 0) return undefined
  const key = new X509Certificate(raw).publicKey.export({ type: 'spki', format: 'der' })
  const pin = createHash('sha256').update(key).digest()
  return pins.some(each => timingSafeEqual(each, pin)) ? undefined : new PinMismatch(pin)
}

type Read = (file: string) => string

/** Where distributions keep the certificates that the machine trusts: Debian and its kin, Red Hat and its kin, SUSE, Alpine. */
const SYSTEM = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
]

function authorities({ caFile, caPath }: Trust, read: Read): string[] | undefined {
  if (caFile !== undefined) return [certificatesIn(caFile, read)]
  if (caPath !== undefined) return certificatesUnder(caPath, read)
  const system = SYSTEM.find(existsSync)
  // the distribution's own, of a hundred and more certificates, each of which would have to be read for every login
  return system === undefined ? undefined : [read(system)]
}

function certificatesIn(file: string, read: Read): string {
  const text = read(file)
  if (!isPem(text)) throw new Invalid(`${file} holds no PEM certificate`)
  requireCertificates(file, text)
  return text
}

/** OpenSSL passes over what it cannot read, and the server would be told to have the wrong authority. */
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

/** Links to files are followed, links to folders are not: what is below them may be the folder itself. */
function filesUnder(folder: string): string[] {
  const entries = reading(folder, () => readdirSync(folder, { withFileTypes: true }))
  return entries.flatMap(each => {
    const path = join(folder, each.name)
    if (each.isDirectory()) return filesUnder(path)
    // names that c_rehash makes are links to files that are there under their own names, too
    if (/^[0-9a-f]{8}\.\d+$/.test(each.name)) return []
    // opening a named pipe would wait for a writer
    return reading(path, () => statSync(path)).isFile() ? [path] : []
  })
}

/** Does something with a file, and says of a failure which file it was and why. */
function reading<T>(path: string, action: () => T): T {
  try {
    return action()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new Invalid(`${path} ${REASONS[code ?? ''] ?? `cannot be read (${code})`}`, {
      cause: error,
    })
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'cannot be read: permission denied',
  ELOOP: 'leads through too many symbolic links',
  ENOTDIR: 'is not a folder',
  EISDIR: 'is a folder, not a file',
}

const isPem = (text: string) => text.includes('-----BEGIN CERTIFICATE-----')
