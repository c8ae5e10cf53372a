import { decrypt, encrypt, KEY_BYTES, Tampered } from '../storage/aead.ts'
import { Table } from '../storage/table.ts'
import type { Tx } from '../storage/transact.ts'
import type { Quorum } from './shamir.ts'

export type SealType = 'shamir' | 'file'

/** What is known of the seal while it is closed. It stands in the clear. */
export interface SealRecord extends Quorum {
  readonly type: SealType
  /** The root key, encrypted with the key that the shares make, or with the seal key; base64. */
  readonly rootKey: string
  /** The same, encrypted with other seal keys, which nodes may still have that do not have the newest. */
  readonly also?: readonly string[]
  /** The key before this one, which opens the storage, too, until a share set of this one has been shown. */
  readonly previous?: PreviousKey
  /** Which storage it is; absent in one of an older version until it is opened. */
  readonly cluster?: string
}

/** A key of people that another has been put in the place of, whose shares may have reached nobody. */
export interface PreviousKey extends Quorum {
  /** The root key, encrypted with it; absent where it is a recovery key. */
  readonly rootKey?: string
}

/** Which of the keys of people: {@link SealRecord.previous}. */
export type Which = 'current' | 'previous'

/** Whoever brings the recovery key of a server that unseals itself may do what unseal keys allow elsewhere. Encrypted. */
export interface Recovery extends Quorum {
  /** SHA-256 of the recovery key, in hex. */
  readonly hash: string
  readonly previous?: Quorum & { readonly hash: string }
}

const records = new Table<SealRecord>('seal/')
const recoveries = new Table<Recovery>('core/seal/')

const BOUND = Buffer.from('postern root key 1')

/** None before the store has been initialized. @throws {Tampered} for something else in its place: it stands in the clear */
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

/** The root key as it is stored. */
export const wrapRootKey = (key: Uint8Array, rootKey: Uint8Array): string =>
  encrypt(key, BOUND, rootKey).toString('base64')

/** @throws {Tampered} if the key is another */
export function unwrapRootKey(key: Uint8Array, { rootKey }: SealRecord): Buffer {
  // a share of several, where a single one is the key itself
  if (key.length !== KEY_BYTES) throw new Tampered('not as long as a key')
  return decrypt(key, BOUND, Buffer.from(rootKey, 'base64'))
}

/** The record with the wrapping of one of the keys of people; with one that nothing opens where that key is not there. */
export const recordOf = (record: SealRecord, which: Which): SealRecord =>
  which === 'current' ? record : { ...record, rootKey: record.previous?.rootKey ?? '' }
