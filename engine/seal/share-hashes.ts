import { Table } from '../storage/table.ts'
import type { Tx } from '../storage/transact.ts'
import { hashOf } from './hash-of.ts'
import { recovery, sealRecord, type Which } from './seal-record.ts'

/** Hashes that identify the shares of the key. Shares are random, so the hashes cannot be attacked by guessing. */
interface ShareHashes {
  /** Identifies the key that they are shares of, from its stored record. */
  readonly of: string
  /** SHA-256 of each share, in hex. */
  readonly hashes: readonly string[]
  /** The same of the previous key, while that is valid; absent if they are not known. */
  readonly previous?: readonly string[]
}

const table = new Table<ShareHashes>('core/seal/')
const NAME = 'share-hashes'

/** The hashes of all shares of the current or the previous key; undefined if they are not known. */
export async function shareHashes(
  tx: Tx,
  which: Which = 'current',
): Promise<ReadonlySet<string> | undefined> {
  const found = await table.get(tx, NAME)
  if (found?.of !== (await keyNow(tx))) return undefined
  const hashes = which === 'current' ? found.hashes : found.previous
  return hashes && new Set(hashes)
}

/**
 * Stores the hashes of all shares of the current key. They must be complete: shares that are not among them are refused.
 * @param previous of the previous key, if it is valid
 */
export async function putShareHashes(
  tx: Tx,
  hashes: readonly string[],
  previous?: readonly string[],
): Promise<void> {
  table.put(tx, NAME, { of: await keyNow(tx), hashes, ...(previous && { previous }) })
}

/** Identifies the current key. */
async function keyNow(tx: Tx): Promise<string> {
  const record = await sealRecord(tx)
  if (record?.type === 'file') return (await recovery(tx))?.hash ?? ''
  return hashOf(Buffer.from(record?.rootKey ?? ''))
}
