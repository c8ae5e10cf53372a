import { randomUUID } from 'node:crypto'
import type { Receipt } from './commit-receipts.ts'
import { MOVED, UNFINISHED } from './moved.ts'
import type { Batch } from './store.ts'

/**
 * The values of the statement that makes a commit.
 * @param receipt by which the outcome of the commit can be looked up
 */
export function valuesOf({ reads, writes }: Batch, receipt?: Receipt): unknown[] {
  const kept = [...reads].filter(([key]) => !writes.has(key))
  const written: Written[] = [...writes].map(([key, value]) => ({
    key: Buffer.from(key),
    isRead: reads.has(key),
    before: reads.get(key),
    value: value && bytes(value),
  }))
  if (receipt) written.push(...rowsOf(receipt))
  return [
    kept.map(([key]) => Buffer.from(key)),
    kept.map(([, version]) => version),
    written.map(({ key }) => key),
    written.map(({ isRead }) => isRead),
    written.map(({ before }) => before),
    written.map(({ value }) => value),
    receipt?.version ?? randomUUID(),
    [MOVED, UNFINISHED].map(mark => Buffer.from(mark)),
  ]
}

/** A row that a commit writes. */
interface Written {
  readonly key: Buffer
  readonly isRead: boolean
  /** The version that was read; undefined if there was no row. */
  readonly before: string | undefined
  /** Undefined to delete the row. */
  readonly value: Buffer | undefined
}

/** The rows of a receipt. The commit fails if the row has another version than before. */
function rowsOf({ key, before, obsolete }: Receipt): readonly Written[] {
  const own: Written = { key, isRead: true, before, value: Buffer.alloc(0) }
  const other = { isRead: false, before: undefined, value: undefined }
  return obsolete ? [own, { key: obsolete, ...other }] : [own]
}

const bytes = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
  Buffer.from(buffer, byteOffset, byteLength)
