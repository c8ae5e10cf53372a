import { Invalid } from '../../shared/invalid.ts'
import { Tampered } from '../storage/aead.ts'
import { type SealRecord, unwrapRootKey } from './seal-record.ts'

/** Decrypts the root key with one of the seal keys. @throws {Invalid} if none of them is the right one */
export function unwrapWith(sealKeys: readonly Buffer[], record: SealRecord): Buffer {
  for (const key of sealKeys)
    for (const rootKey of wrappingsOf(record)) {
      const found = opened(key, { ...record, rootKey })
      if (found) return found
    }
  throw new Invalid('none of the seal keys can unseal the storage: it was sealed with another key')
}

/** The wrappings of the root key, the newest first. */
export const wrappingsOf = ({ rootKey, also = [] }: SealRecord): readonly string[] => [
  rootKey,
  ...also,
]

/** The wrapping that a seal key decrypts. */

export const wrappingBy = (key: Buffer, record: SealRecord): string | undefined =>
  wrappingsOf(record).find(rootKey => opened(key, { ...record, rootKey }) !== undefined)

function opened(key: Buffer, record: SealRecord): Buffer | undefined {
  try {
    return unwrapRootKey(key, record)
  } catch (error) {
    if (error instanceof Tampered) return undefined
    throw error
  }
}
