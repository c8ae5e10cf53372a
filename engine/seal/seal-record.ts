import { decrypt, encrypt, KEY_BYTES, Tampered } from '../storage/aead.ts'
import { Table } from '../storage/table.ts'
import type { Tx } from '../storage/transact.ts'
import type { Quorum } from './shamir.ts'

export type SealType = 'shamir' | 'file'

/** The record of the seal, which is stored in plaintext. */
export interface SealRecord extends Quorum {
  readonly type: SealType
  /** The root key, encrypted with the unseal key or the seal key; base64. */
  readonly rootKey: string
  /** The same, encrypted with other seal keys, for nodes that do not have the newest. */
  readonly also?: readonly string[]
  /** The previous key, which is valid until a quorum has presented this one. */
  readonly previous?: PreviousKey
  /** The cluster id; absent in a storage of an older version until it is unsealed. */
  readonly cluster?: string
}

/** A replaced unseal or recovery key, which stays valid because the shares of the new one may not have been delivered. */
export interface PreviousKey extends Quorum {
  /** The root key, encrypted with it; absent for a recovery key. */
  readonly rootKey?: string
}

/** Which unseal or recovery key: {@link SealRecord.previous}. */
export type Which = 'current' | 'previous'

/** The recovery key of a server with auto-unseal: it authorizes what the unseal key does otherwise. Stored encrypted. */
export interface Recovery extends Quorum {
  /** SHA-256 of the recovery key, in hex. */
  readonly hash: string
  readonly previous?: Quorum & { readonly hash: string }
}

const records = new Table<SealRecord>('seal/')
const recoveries = new Table<Recovery>('core/seal/')

const BOUND = Buffer.from('postern root key 1')

/** Undefined before the store has been initialized. @throws {Tampered} if it is malformed: it is stored in plaintext */
export async function sealRecord(tx: Tx): Promise<SealRecord | undefined> {
  try {
    const found = await records.get(tx, 'config')
    if (found !== undefined) requireRecord(found)
    return found
  } catch (error) {
    if (error instanceof SyntaxError) throw new Tampered(DAMAGED, { cause: error })
    throw error
  }
}

const DAMAGED = 'the record of the seal cannot be read'

function requireRecord(found: Partial<SealRecord> | null): void {
  const { type, rootKey, shares, threshold } = found ?? {}
  const isWhole =
    (type === 'shamir' || type === 'file') &&
    typeof rootKey === 'string' &&
    Number.isInteger(shares) &&
    Number.isInteger(threshold)
  if (!isWhole) throw new Tampered(DAMAGED)
}

export const putSealRecord = (tx: Tx, record: SealRecord): void => records.put(tx, 'config', record)

export const recovery = (tx: Tx): Promise<Recovery | undefined> => recoveries.get(tx, 'recovery')

export const putRecovery = (tx: Tx, record: Recovery): void =>
  recoveries.put(tx, 'recovery', record)

export const forgetRecovery = (tx: Tx): void => recoveries.delete(tx, 'recovery')

/** Encrypts the root key, in its stored form. */
export const wrapRootKey = (key: Uint8Array, rootKey: Uint8Array): string =>
  encrypt(key, BOUND, rootKey).toString('base64')

/** @throws {Tampered} if the key is the wrong one */
export function unwrapRootKey(key: Uint8Array, { rootKey }: SealRecord): Buffer {
  // a share of a split key is longer than a key
  if (key.length !== KEY_BYTES) throw new Tampered('not as long as a key')
  return decrypt(key, BOUND, Buffer.from(rootKey, 'base64'))
}

/** The record with the root key as wrapped by that unseal key; with a wrapping that nothing opens if there is no such key. */
export const recordOf = (record: SealRecord, which: Which): SealRecord =>
  which === 'current' ? record : { ...record, rootKey: record.previous?.rootKey ?? '' }
