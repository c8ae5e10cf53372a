import { Table } from '../storage/table.ts'
import type { Tx } from '../storage/transact.ts'
import { hashOf } from './hash-of.ts'
import { recovery, sealRecord, type Which } from './seal-record.ts'

/** What tells a share of the key from any other, encrypted as all values: shares are random, so nothing can be tried out on it. */
interface ShareHashes {
  /** What the store said of the key that they are shares of: they count for no other. */
  readonly of: string
  /** SHA-256 of each share, in hex. */
  readonly hashes: readonly string[]
  /** The same of the key before, as long as that counts; absent where they are not known. */
  readonly previous?: readonly string[]
}

const table = new Table<ShareHashes>('core/seal/')
const NAME = 'share-hashes'

/** Hashes of all shares of the key that there is now, or of the one before; none if they are not known. */
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
 * Remembers the shares of the key that the transaction has written, or found. There must be all of them, or none is taken later.
 * @param previous of the key before, where it counts
 */
export async function putShareHashes(
  tx: Tx,
  hashes: readonly string[],
  previous?: readonly string[],
): Promise<void> {
  table.put(tx, NAME, { of: await keyNow(tx), hashes, ...(previous && { previous }) })
}

/** Changes with the key that the shares make. */
async function keyNow(tx: Tx): Promise<string> {
  const record = await sealRecord(tx)
  if (record?.type === 'file') return (await recovery(tx))?.hash ?? ''
  return hashOf(Buffer.from(record?.rootKey ?? ''))
}
