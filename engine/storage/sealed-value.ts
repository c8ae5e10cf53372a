import type { CipherKey } from 'node:crypto'
import { decrypt, encrypt, Tampered } from './aead.ts'
import type { Term } from './keyring.ts'

/** Of a value: the version of its form, one byte, and the number of its term, four. */
const HEADER_BYTES = 5
const VERSION = 1

/** A value as it is stored under a key. With it, its term and the storage key are authenticated. */
export function sealValue({ number, cipherKey }: Term, key: string, plain: Uint8Array): Uint8Array {
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt8(VERSION)
  header.writeUInt32BE(number, 1)
  return Buffer.concat([header, encrypt(cipherKey, boundTo(header, key), plain)])
}

/** The number of the term that a stored value says it was encrypted in. @throws {Tampered} for what this program has not written */
export function termOf(key: string, value: Uint8Array): number {
  if (value.length < HEADER_BYTES || value[0] !== VERSION) throw damaged(key)
  return Buffer.from(value.subarray(0, HEADER_BYTES)).readUInt32BE(1)
}

/** What {@link sealValue} was given. @param secret of the term; none if there is no such term @throws {Tampered} */
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
