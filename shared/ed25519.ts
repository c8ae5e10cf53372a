import { createPrivateKey, createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto'
import { Invalid } from './invalid.ts'

/** The public half of a key, and the id that signatures name it by. */
export interface PublicKey {
  /** The first 16 hexadecimal digits of the SHA-256 of the 32 bytes of the key. */
  readonly id: string
  /** `ed25519:` and the 32 bytes in base64. */
  readonly text: string
}

const PREFIX = 'ed25519:'
const LENGTH = 32

/** Reads `ed25519:` and 32 bytes in base64. @throws {Invalid} */
export function parsePublicKey(text: string): PublicKey {
  const bytes = Buffer.from(text.slice(PREFIX.length), 'base64')
  if (text !== textOf(bytes) || bytes.length !== LENGTH)
    throw new Invalid(`${JSON.stringify(text)} is not ${PREFIX} and a key of 32 bytes in base64`)
  return publicKeyOf(bytes)
}

/** The public half of a key, private or public. */
export const publicKeyIn = (key: KeyObject): PublicKey =>
  publicKeyOf(
    Buffer.from(
      (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' }).x ?? '',
      'base64url',
    ),
  )

/** The 32 bytes of a public key. */
export const rawKeyOf = ({ text }: PublicKey): Buffer =>
  Buffer.from(text.slice(PREFIX.length), 'base64')

/** The 32 bytes that a private key is made from. */
export const rawSeedOf = (key: KeyObject): Buffer =>
  Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url')

/** The only form that {@link PEM} has; its 48 bytes, of which the last 32 are the seed, are 64 characters. RFC 8410 §7 */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')
const PEM = /^-----BEGIN PRIVATE KEY-----\n([A-Za-z0-9+/]{64})\n-----END PRIVATE KEY-----\n$/

/**
 * Reads an Ed25519 private key in PEM. What Node and OpenSSL write is taken apart here: it takes a login 0.2 ms in place of the millisecond
 * in which OpenSSL finds out what it is.
 * @throws {Error} if it is none, with a message that may quote it
 */
export function parsePrivateKey(pem: string): KeyObject {
  const bytes = Buffer.from(PEM.exec(pem)?.[1] ?? '', 'base64')
  if (bytes.subarray(0, -LENGTH).equals(PKCS8)) return keyOfSeed('Ed25519', bytes.subarray(-LENGTH))
  const key = createPrivateKey(pem)
  if (key.asymmetricKeyType !== 'ed25519') throw new Invalid('it is no Ed25519 key')
  return key
}

/** The private key of 32 bytes. The public half, which RFC 8037 §2 wants beside them, is computed, not read. */
export const keyOfSeed = (crv: 'Ed25519' | 'X25519', seed: Buffer): KeyObject =>
  createPrivateKey({
    key: { kty: 'OKP', crv, x: '', d: seed.toString('base64url') },
    format: 'jwk',
  })

/** A signature, in base64. RFC 8032 */
export const signText = (key: KeyObject, text: Uint8Array): string =>
  sign(null, text, key).toString('base64')

/** Whether a signature in base64 is that of the key over the text. */
export function isSignedBy(key: PublicKey, text: Uint8Array, signature: string): boolean {
  const bytes = Buffer.from(signature, 'base64')
  if (bytes.toString('base64') !== signature) return false
  return verify(null, text, keyObjectOf(rawKeyOf(key).toString('base64url')), bytes)
}

/** The key of 32 bytes in base64url. RFC 8037 §2 */
export const keyObjectOf = (x: string): KeyObject =>
  createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })

const textOf = (bytes: Buffer) => PREFIX + bytes.toString('base64')

const publicKeyOf = (bytes: Buffer): PublicKey => ({
  id: hash('sha256', bytes, 'hex').slice(0, 16),
  text: textOf(bytes),
})
