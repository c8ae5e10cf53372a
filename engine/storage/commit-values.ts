import { randomUUID } from 'node:crypto'
import type { Receipt } from './commit-receipts.ts'
import { MOVED, UNFINISHED } from './moved.ts'
import type { Batch } from './store.ts'

/**
 * The values of the statement that makes a commit.
 * @param receipt by which the outcome of the commit can be looked up
 */
export function valuesOf(batch: Batch, receipt?: Receipt): unknown[] {
  const kept = [...batch.reads].filter(([key]) => !batch.writes.has(key))
  const written = writtenBy(batch)
  if (receipt) written.push(...rowsOf(receipt))
  return [
    kept.map(([key]) => Buffer.from(key)),
    kept.map(([, version]) => version),
    ...columnsOf(written),
    receipt?.version ?? randomUUID(),
    MARKS,
  ]
}

/** The same for the statement that makes several commits, each judged for itself. */
export function groupValuesOf(batches: readonly Batch[], receipt: Receipt): unknown[] {
  const reads = new Map<string, { readonly key: string; readonly version: string | undefined }>()
  const places = new Map<string, number>()
  const [readers, read]: [number[], number[]] = [[], []]
  const written: (Written & { readonly member: number })[] = []
  for (const [at, batch] of batches.entries()) {
    const member = at + 1
    for (const [key, version] of batch.reads) {
      if (batch.writes.has(key)) continue
      // no version contains a space
      const id = `${version} ${key}`
      const place = places.get(id) ?? places.size + 1
      places.set(id, place)
      reads.set(id, { key, version })
      readers.push(member)
      read.push(place)
    }
    for (const each of writtenBy(batch)) written.push({ ...each, member })
  }
  for (const each of rowsOf(receipt)) written.push({ ...each, member: 0 })
  const distinct = [...reads.values()]
  return [
    distinct.map(({ key }) => Buffer.from(key)),
    distinct.map(({ version }) => version),
    readers,
    read,
    ...columnsOf(written),
    written.map(({ member }) => member),
    receipt.version,
    batches.length,
    MARKS,
  ]
}

const MARKS = [MOVED, UNFINISHED].map(mark => Buffer.from(mark))

const writtenBy = ({ reads, writes }: Batch): Written[] =>
  [...writes].map(([key, value]) => ({
    key: Buffer.from(key),
    isRead: reads.has(key),
    before: reads.get(key),
    value: value && bytes(value),
  }))

const columnsOf = (written: readonly Written[]) => [
  written.map(({ key }) => key),
  written.map(({ isRead }) => isRead),
  written.map(({ before }) => before),
  written.map(({ value }) => value),
]

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
