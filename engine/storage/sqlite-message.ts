import type { Batch } from './store.ts'

/** A {@link Batch} for the writer. */
export interface SqliteBatch {
  readonly reads: readonly (readonly [key: string, version: string | undefined])[]
  readonly writes: readonly (readonly [key: string, value: Uint8Array | undefined])[]
}

/**
 * Batches in a form that is cheap to send between threads: one flat list, and one buffer with all values. A batch is
 * the number of its reads, the key and version of each read, the number of its writes, and the key and value length of each write;
 * {@link DELETED} stands for a deletion.
 */
export interface SqliteMessage {
  readonly words: readonly (string | number | undefined)[]
  readonly values: Uint8Array<ArrayBuffer>
}

const DELETED = -1

export function pack(batches: readonly Batch[]): SqliteMessage {
  const words: (string | number | undefined)[] = []
  const values: Uint8Array[] = []
  let size = 0
  for (const { reads, writes } of batches) {
    words.push(reads.size)
    for (const [key, version] of reads) words.push(key, version)
    words.push(writes.size)
    for (const [key, value] of writes) {
      words.push(key, value ? value.length : DELETED)
      if (!value) continue
      values.push(value)
      size += value.length
    }
  }
  const all = new Uint8Array(size)
  let at = 0
  for (const value of values) {
    all.set(value, at)
    at += value.length
  }
  return { words, values: all }
}

export function unpack({ words, values }: SqliteMessage): readonly SqliteBatch[] {
  const batches: SqliteBatch[] = []
  let [word, at] = [0, 0]
  const pairs = <T>(read: () => T): T[] =>
    Array.from({ length: words[word++] as number }, () => read())
  const value = (length: number) => {
    if (length === DELETED) return undefined
    at += length
    return values.subarray(at - length, at)
  }
  while (word < words.length)
    batches.push({
      reads: pairs(() => [words[word++] as string, words[word++] as string | undefined] as const),
      writes: pairs(() => [words[word++] as string, value(words[word++] as number)] as const),
    })
  return batches
}
