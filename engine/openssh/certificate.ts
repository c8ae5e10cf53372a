import { randomBytes } from 'node:crypto'
import { type PrivateKey, type SignatureAlgorithm, signBytes } from './private-key.ts'
import type { PublicKey } from './public-key.ts'
import { WireWriter } from './wire.ts'

/** The contents of a certificate. */
export interface Certificate {
  readonly type: 'user' | 'host'
  readonly key: PublicKey
  readonly serial: bigint
  readonly keyId: string
  readonly principals: readonly string[]
  /** Seconds since 1970: from the first, and before the second. */
  readonly validAfter: number
  readonly validBefore: number
  /** Names to values; an empty value is a flag. */
  readonly criticalOptions: Readonly<Record<string, string>>
  readonly extensions: Readonly<Record<string, string>>
}

const TYPES = { user: 1, host: 2 } as const

const NONCE_BYTES = 32

/**
 * Encodes and signs a certificate, without any policy. Returns its wire format. PROTOCOL.certkeys of OpenSSH.
 * @param algorithm for an RSA CA
 */
export async function signCertificate(
  certificate: Certificate,
  authority: PrivateKey,
  algorithm?: SignatureAlgorithm,
): Promise<Buffer> {
  const { key, principals } = certificate
  const unsigned = new WireWriter()
    .string(certificateType(key.type))
    .string(randomBytes(NONCE_BYTES))
    .raw(key.body)
    .uint64(certificate.serial)
    .uint32(TYPES[certificate.type])
    .string(certificate.keyId)
    .string(listOf(principals))
    .uint64(BigInt(certificate.validAfter))
    .uint64(BigInt(certificate.validBefore))
    .string(optionsOf(certificate.criticalOptions))
    .string(optionsOf(certificate.extensions))
    .string('')
    .string(authority.publicKey.blob)
    .bytes()
  const signature = await signBytes(authority, unsigned, algorithm)
  return new WireWriter().raw(unsigned).string(signature).bytes()
}

/** `ssh-ed25519-cert-v01@openssh.com` for `ssh-ed25519`. */
export const certificateType = (keyType: string): string =>
  `${keyType.replace(/@openssh\.com$/, '')}-cert-v01@openssh.com`

function listOf(texts: readonly string[]): Buffer {
  const writer = new WireWriter()
  for (const text of texts) writer.string(text)
  return writer.bytes()
}

/** Options are sorted by name, without duplicates; a value is a string inside a string. */
function optionsOf(options: Readonly<Record<string, string>>): Buffer {
  const writer = new WireWriter()
  for (const name of Object.keys(options).sort((a, b) =>
    Buffer.compare(Buffer.from(a), Buffer.from(b)),
  )) {
    const value = options[name] ?? ''
    writer.string(name).string(value === '' ? '' : new WireWriter().string(value).bytes())
  }
  return writer.bytes()
}
