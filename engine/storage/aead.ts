import { type CipherKey, createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

export const KEY_BYTES = 32

const NONCE_BYTES = 12
const TAG_BYTES = 16
const CIPHER = 'aes-256-gcm'
const OPTIONS = { authTagLength: TAG_BYTES }
const NONCES_AT_ONCE = 256

/** The ciphertext was changed, moved, or made with another key. */
export class Tampered extends Error {
  override readonly name: string = 'Tampered'
}

/**
 * Encrypts with AES-256-GCM and a random nonce. Returns nonce, ciphertext and tag. `bound` is additional authenticated data, and must be
 * the same to decrypt. One key may encrypt at most 2^32 messages. NIST SP 800-38D §8.3.
 */
export function encrypt(key: CipherKey, bound: Uint8Array, plain: Uint8Array): Buffer {
  const nonce = freshNonce()
  const cipher = createCipheriv(CIPHER, key, nonce, OPTIONS).setAAD(bound)
  const encrypted = cipher.update(plain)
  // GCM has no final block
  cipher.final()
  return Buffer.concat([nonce, encrypted, cipher.getAuthTag()])
}

/** Random bytes that no nonce has been made of; drawing them one by one would take as long as encrypting. */
let random = Buffer.alloc(0)

function freshNonce(): Buffer {
  if (random.length < NONCE_BYTES) random = randomBytes(NONCE_BYTES * NONCES_AT_ONCE)
  const nonce = random.subarray(0, NONCE_BYTES)
  random = random.subarray(NONCE_BYTES)
  return nonce
}

/** @throws {Tampered} */
export function decrypt(key: CipherKey, bound: Uint8Array, ciphertext: Uint8Array): Buffer {
  // a shorter tag would be easier to guess
  if (ciphertext.length < NONCE_BYTES + TAG_BYTES) throw new Tampered('too short')
  const nonce = ciphertext.subarray(0, NONCE_BYTES)
  const decipher = createDecipheriv(CIPHER, key, nonce, OPTIONS)
    .setAAD(bound)
    .setAuthTag(ciphertext.subarray(-TAG_BYTES))
  const plain = decipher.update(ciphertext.subarray(NONCE_BYTES, -TAG_BYTES))
  try {
    decipher.final()
    return plain
  } catch (cause) {
    plain.fill(0)
    throw new Tampered('not authentic', { cause })
  }
}
