import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto'
import { type PublicKey, rawKeyOf, rawSeedOf } from './ed25519.ts'
import { LONGEST_OTP } from './otp.ts'
import { Secret } from './secret.ts'
import { signedText } from './signed-text.ts'
import { montgomeryOf } from './x25519.ts'

/** The request that a password is encrypted for: in no other one can it be opened. */
export interface SealedFor {
  /** Where the SSH engine is mounted, without slashes at the ends. */
  readonly mount: string
  readonly nonce: string
}

const HEADING = 'postern-sealed-otp-v1'
const CIPHER = 'aes-256-gcm'

/** Bytes of an X25519 key, of the tag, and of the whole. */
const [KEY, TAG] = [32, 16]
const LENGTH = KEY + LONGEST_OTP + TAG

// each message has a key of its own
const IV = Buffer.alloc(12)

/**
 * Encrypts a password for who has the private half of a key that signs replies, in base64. All passwords become texts of one length.
 * X25519 with an ephemeral key, SHA-256, AES-256-GCM. docs/decisions/0032-signed-replies.md
 */
export function sealOtp(otp: Secret, key: PublicKey, to: SealedFor): string {
  const recipient = publicKeyOf(montgomeryOf(rawKeyOf(key)))
  const { privateKey, publicKey } = generateKeyPairSync('x25519')
  const shared = diffieHellman({ privateKey, publicKey: recipient })
  const cipher = createCipheriv(CIPHER, keyFrom(shared, publicKey, recipient), IV)
  cipher.setAAD(aad(to))
  const text = Buffer.from(otp.reveal().padEnd(LONGEST_OTP, '\0'))
  return Buffer.concat([
    rawOf(publicKey),
    cipher.update(text),
    cipher.final(),
    cipher.getAuthTag(),
  ]).toString('base64')
}

/** The password; undefined if it was not sealed for this key and request. */
export function openOtp(sealed: string, key: KeyObject, to: SealedFor): Secret | undefined {
  const bytes = Buffer.from(sealed, 'base64')
  if (bytes.length !== LENGTH) return undefined
  const privateKey = privateHalf(key)
  try {
    const publicKey = publicKeyOf(bytes.subarray(0, KEY))
    // fails for points of low order
    const shared = diffieHellman({ privateKey, publicKey })
    const own = createPublicKey(privateKey)
    const cipher = createDecipheriv(CIPHER, keyFrom(shared, publicKey, own), IV)
    cipher.setAAD(aad(to))
    cipher.setAuthTag(bytes.subarray(-TAG))
    const text = Buffer.concat([cipher.update(bytes.subarray(KEY, -TAG)), cipher.final()])
    return new Secret(text.toString().replace(/\0+$/, ''))
  } catch {
    return undefined
  }
}

const aad = ({ mount, nonce }: SealedFor) => signedText(HEADING, [mount, nonce])

/** The key of one message: the hash of the shared secret and of both public keys, which a login has no time to expand further. */
const keyFrom = (shared: Buffer, ephemeral: KeyObject, recipient: KeyObject) =>
  createHash('sha256')
    .update(`${HEADING}\n`)
    .update(shared)
    .update(rawOf(ephemeral))
    .update(rawOf(recipient))
    .digest()

const rawOf = (key: KeyObject) => Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url')

const publicKeyOf = (bytes: Buffer) =>
  createPublicKey({
    key: { kty: 'OKP', crv: 'X25519', x: bytes.toString('base64url') },
    format: 'jwk',
  })

/** What is before the 32 bytes of an X25519 key in PKCS#8. RFC 8410 */
const PKCS8 = Buffer.from('302e020100300506032b656e04220420', 'hex')

/** The Ed25519 private key as one of X25519: both begin with the same hash of the seed. RFC 8032 §5.1.5, RFC 7748 §5 */
function privateHalf(key: KeyObject): KeyObject {
  const scalar = createHash('sha512').update(rawSeedOf(key)).digest().subarray(0, KEY)
  return createPrivateKey({ key: Buffer.concat([PKCS8, scalar]), format: 'der', type: 'pkcs8' })
}
