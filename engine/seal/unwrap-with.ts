import { Invalid } from '../../shared/invalid.ts'
import { Tampered } from '../storage/aead.ts'
import { type SealRecord, unwrapRootKey } from './seal-record.ts'

/** The root key by the first of the seal keys that fits; `isCurrent` if that is the one for writing. @throws {Invalid} if none does */
export function unwrapWith(
  sealKeys: readonly Buffer[],
  record: SealRecord,
): { readonly rootKey: Buffer; readonly isCurrent: boolean } {
  for (const [index, key] of sealKeys.entries()) {
    try {
      return { rootKey: unwrapRootKey(key, record), isCurrent: index === 0 }
    } catch (error) {
      if (!(error instanceof Tampered)) throw error
    }
  }
  throw new Invalid('none of the seal keys opens the storage: it was sealed with another')
}
