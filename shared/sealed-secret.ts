import {
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hash,
  type KeyObject,
} from 'node:crypto'
import { keyOfSeed, type PublicKey, rawKeyOf, rawSeedOf } from './ed25519.ts'
import { ENROLL_TOKEN_LENGTH } from './enroll-token.ts'
import { LONGEST_OTP } from './otp.ts'
import { Secret } from './secret.ts'
import { signedText } from './signed-text.ts'
import { montgomeryOf } from './x25519.ts'

/** Characters of the longest secret of each kind: all are padded to it. */
const LONGEST = { otp: LONGEST_OTP, token: ENROLL_TOKEN_LENGTH } as const

/** The request that a secret is encrypted for: in no other one can it be opened. */
export interface SealedFor {
  readonly kind: keyof typeof LONGEST
  /** Where the SSH engine is mounted, without slashes at the ends. */
  readonly mount: string
  readonly nonce: string
}

const headingOf = ({ kind }: SealedFor) => `postern-sealed-${kind}-v1`

const CIPHER = 'aes-256-gcm'

/** Bytes of an X25519 key, and of the tag. */
const [KEY, TAG] = [32, 16]

// each message has a key of its own
const IV = Buffer.alloc(12)

/**
 * Encrypts a secret for who has the private half of a key that signs replies, in base64. All of one kind become texts of one length.
 * X25519 with an ephemeral key, SHA-256, AES-256-GCM. docs/decisions/0032-signed-replies.md
 */
export function sealSecret(secret: Secret, key: PublicKey, to: SealedFor): string {
  const recipient = publicKeyOf(montgomeryOf(rawKeyOf(key)))
  const { privateKey, publicKey } = generateKeyPairSync('x25519')
  const shared = diffieHellman({ privateKey, publicKey: recipient })
  const cipher = createCipheriv(CIPHER, keyFrom(to, shared, [publicKey, recipient]), IV)
  cipher.setAAD(aad(to))
  const text = Buffer.from(secret.reveal().padEnd(LONGEST[to.kind], '\0'))
  return Buffer.concat([
    rawOf(publicKey),
    cipher.update(text),
    cipher.final(),
    cipher.getAuthTag(),
  ]).toString('base64')
}

/** The secret; undefined if it was not sealed for this key and request. */
export function openSecret(sealed: string, key: KeyObject, to: SealedFor): Secret | undefined {
  const bytes = Buffer.from(sealed, 'base64')
  if (bytes.length !== KEY + LONGEST[to.kind] + TAG) return undefined
  const { privateKey, publicKey: own } = x25519Of(key)
  try {
    const publicKey = publicKeyOf(bytes.subarray(0, KEY))
    // fails for points of low order
    const shared = diffieHellman({ privateKey, publicKey })
    const cipher = createDecipheriv(CIPHER, keyFrom(to, shared, [publicKey, own]), IV)
    cipher.setAAD(aad(to))
    cipher.setAuthTag(bytes.subarray(-TAG))
    const text = Buffer.concat([cipher.update(bytes.subarray(KEY, -TAG)), cipher.final()])
    return new Secret(text.toString().replace(/\0+$/, ''))
  } catch {
    return undefined
  }
}

const aad = (to: SealedFor) => signedText(headingOf(to), [to.mount, to.nonce])

/** The key of one message: the hash of the shared secret and of both public keys, which a login has no time to expand further. */
const keyFrom = (
  to: SealedFor,
  shared: Buffer,
  [ephemeral, recipient]: readonly [KeyObject, KeyObject],
) =>
  hash(
    'sha256',
    Buffer.concat([Buffer.from(`${headingOf(to)}\n`), shared, rawOf(ephemeral), rawOf(recipient)]),
    'buffer',
  )

const rawOf = (key: KeyObject) => Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url')

const publicKeyOf = (bytes: Buffer) =>
  createPublicKey({
    key: { kty: 'OKP', crv: 'X25519', x: bytes.toString('base64url') },
    format: 'jwk',
  })

interface KeyPair {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

/** The keys of X25519 of the keys of Ed25519 in memory, each computed once. */
const pairs = new WeakMap<KeyObject, KeyPair>()

/** The Ed25519 private key as one of X25519: both begin with the same hash of the seed. RFC 8032 §5.1.5, RFC 7748 §5 */
function x25519Of(key: KeyObject): KeyPair {
  const known = pairs.get(key)
  if (known) return known
  const scalar = hash('sha512', rawSeedOf(key), 'buffer').subarray(0, KEY)
  const privateKey = keyOfSeed('X25519', scalar)
  const pair = { privateKey, publicKey: createPublicKey(privateKey) }
  pairs.set(key, pair)
  return pair
}
