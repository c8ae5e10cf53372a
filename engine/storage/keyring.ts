import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import { decrypt, encrypt, KEY_BYTES, Tampered } from './aead.ts'

/** A key that values are encrypted with, and how often it has been. */
export interface Term {
  readonly number: number
  /** The key once more, ready for use: making this of bytes would cost more than encrypting. */
  readonly cipherKey: KeyObject
  /** Milliseconds since 1970. */
  readonly installedAt: number
  readonly encryptions: number
}

interface StoredTerm extends Term {
  readonly key: Buffer
}

/** The format of a stored keyring; authenticated with it. */
const BOUND = Buffer.from('postern keyring 1')

// number, time, encryptions, key
const TERM_BYTES = 4 + 8 + 8 + KEY_BYTES

/**
 * The keys of all terms, newest last. Values are encrypted with the newest; those of older terms can still be read.
 * No key is ever in a string, which could not be wiped.
 */
export class Keyring {
  readonly #terms: ReadonlyMap<number, StoredTerm>
  /** The newest term. */
  readonly active: Term

  private constructor(terms: readonly StoredTerm[]) {
    const newest = terms.at(-1)
    if (!newest) throw new Tampered('a keyring without keys')
    this.#terms = new Map(terms.map(term => [term.number, term]))
    this.active = newest
  }

  static create(now: Date): Keyring {
    return new Keyring([newTerm(1, now)])
  }

  /** @throws {Tampered} if the root key is not the one that it was encrypted with */
  static decrypt(rootKey: Uint8Array, sealed: Uint8Array): Keyring {
    const plain = decrypt(rootKey, BOUND, sealed)
    const terms = Array.from({ length: plain.length / TERM_BYTES }, (_, at) =>
      decode(plain.subarray(at * TERM_BYTES, (at + 1) * TERM_BYTES)),
    )
    plain.fill(0)
    return new Keyring(terms)
  }

  encrypt(rootKey: Uint8Array): Buffer {
    const plain = Buffer.concat([...this.#terms.values()].map(encode))
    try {
      return encrypt(rootKey, BOUND, plain)
    } finally {
      plain.fill(0)
    }
  }

  keyOf(term: number): KeyObject | undefined {
    return this.#terms.get(term)?.cipherKey
  }

  /** The same with a new key, which is used from now on. */
  rotated(now: Date): Keyring {
    return new Keyring([...this.#terms.values(), newTerm(this.active.number + 1, now)])
  }

  /** The same with more encryptions counted for a term. */
  counted(number: number, more: number): Keyring {
    return new Keyring(
      [...this.#terms.values()].map(term =>
        term.number === number ? { ...term, encryptions: term.encryptions + more } : term,
      ),
    )
  }

  /** Overwrites the keys, here and in every keyring that came from this one. The key objects go when they are collected. */
  wipe(): void {
    for (const { key } of this.#terms.values()) key.fill(0)
  }
}

const newTerm = (number: number, now: Date): StoredTerm =>
  termOf(randomBytes(KEY_BYTES), { number, installedAt: now.getTime(), encryptions: 0 })

const termOf = (key: Buffer, term: Omit<Term, 'cipherKey'>): StoredTerm => ({
  ...term,
  key,
  cipherKey: createSecretKey(key),
})

function encode({ number, key, installedAt, encryptions }: StoredTerm): Buffer {
  const bytes = Buffer.alloc(TERM_BYTES)
  bytes.writeUInt32BE(number, 0)
  bytes.writeBigUInt64BE(BigInt(installedAt), 4)
  bytes.writeBigUInt64BE(BigInt(encryptions), 12)
  key.copy(bytes, 20)
  return bytes
}

const decode = (bytes: Buffer): StoredTerm =>
  termOf(Buffer.from(bytes.subarray(20)), {
    number: bytes.readUInt32BE(0),
    installedAt: Number(bytes.readBigUInt64BE(4)),
    encryptions: Number(bytes.readBigUInt64BE(12)),
  })
