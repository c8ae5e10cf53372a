import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import { decrypt, encrypt, KEY_BYTES, Tampered } from './aead.ts'

/** A key that encrypts values, with the number of its encryptions. */
export interface Term {
  readonly number: number
  /** The same key as an object: creating it each time would cost more than encrypting. */
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

// after the terms, where older versions do not read
const KEPT_BYTES = 4

/**
 * The keys of all terms, newest last. The newest encrypts values; the older ones decrypt what was encrypted earlier.
 * Keys are never in strings, which could not be wiped.
 */
export class Keyring {
  readonly #terms: ReadonlyMap<number, StoredTerm>
  /** The newest term. */
  readonly active: Term
  /** A bit for each permanent record that must exist, by its position in the list of kept.ts. */
  readonly kept: number

  private constructor(terms: readonly StoredTerm[], kept: number) {
    const newest = terms.at(-1)
    if (!newest) throw new Tampered('a keyring without keys')
    this.#terms = new Map(terms.map(term => [term.number, term]))
    this.active = newest
    this.kept = kept
  }

  static create(now: Date): Keyring {
    return new Keyring([newTerm(1, now)], 0)
  }

  /** @throws {Tampered} if it was encrypted with another root key */
  static decrypt(rootKey: Uint8Array, ciphertext: Uint8Array): Keyring {
    const plain = decrypt(rootKey, BOUND, ciphertext)
    const count = Math.floor(plain.length / TERM_BYTES)
    const terms = Array.from({ length: count }, (_, at) =>
      decode(plain.subarray(at * TERM_BYTES, (at + 1) * TERM_BYTES)),
    )
    const rest = plain.subarray(count * TERM_BYTES)
    const kept = rest.length >= KEPT_BYTES ? rest.readUInt32BE(0) : 0
    plain.fill(0)
    return new Keyring(terms, kept)
  }

  encrypt(rootKey: Uint8Array): Buffer {
    const kept = Buffer.alloc(KEPT_BYTES)
    kept.writeUInt32BE(this.kept)
    const plain = Buffer.concat([...[...this.#terms.values()].map(encode), kept])
    try {
      return encrypt(rootKey, BOUND, plain)
    } finally {
      plain.fill(0)
    }
  }

  keyOf(term: number): KeyObject | undefined {
    return this.#terms.get(term)?.cipherKey
  }

  /** The same keyring with a new active term. */
  rotated(now: Date): Keyring {
    const next = newTerm(this.active.number + 1, now)
    return new Keyring([...this.#terms.values(), next], this.kept)
  }

  /** The same keyring, which also requires these permanent records; `more` has their bits. */
  keeping(more: number): Keyring {
    return new Keyring([...this.#terms.values()], (this.kept | more) >>> 0)
  }

  /** The same keyring with more encryptions counted for a term. */
  counted(number: number, more: number): Keyring {
    return new Keyring(
      [...this.#terms.values()].map(term =>
        term.number === number ? { ...term, encryptions: term.encryptions + more } : term,
      ),
      this.kept,
    )
  }

  /** Overwrites the keys, here and in every keyring derived from this one. The key objects are freed by garbage collection. */
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
