import type { CipherKey } from 'node:crypto'
import { decrypt, encrypt, Tampered } from './aead.ts'
import type { Term } from './keyring.ts'

/** The header of an encrypted value: one byte for the version of the format, four for the number of the term. */
const HEADER_BYTES = 5
const VERSION = 1

/** Encrypts a value to be stored under a key. Term and storage key are authenticated with it. */
export function sealValue({ number, cipherKey }: Term, key: string, plain: Uint8Array): Uint8Array {
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt8(VERSION)
  header.writeUInt32BE(number, 1)
  return Buffer.concat([header, encrypt(cipherKey, boundTo(header, key), plain)])
}

/** The number of the term in the header of an encrypted value. @throws {Tampered} if the header is malformed */
export function termOf(key: string, value: Uint8Array): number {
  if (value.length < HEADER_BYTES || value[0] !== VERSION) throw damaged(key)
  return Buffer.from(value.subarray(0, HEADER_BYTES)).readUInt32BE(1)
}

/** Decrypts the result of {@link sealValue}. @param secret the key of the term; undefined if there is no such term @throws {Tampered} */
export function openValue(
  secret: CipherKey | undefined,
  key: string,
  value: Uint8Array,
): Uint8Array {
  if (!secret) throw damaged(key)
  const header = Buffer.from(value.subarray(0, HEADER_BYTES))
  try {
    return decrypt(secret, boundTo(header, key), value.subarray(HEADER_BYTES))
  } catch (cause) {
    throw cause instanceof Tampered ? damaged(key, cause) : cause
  }
}

const boundTo = (header: Buffer, key: string) => Buffer.concat([header, Buffer.from(key)])

const damaged = (key: string, cause?: Error) =>
  new Tampered(`the value under ${JSON.stringify(key)} is not what was stored there`, { cause })
