import type { Batch } from './store.ts'

/** {@link Batch} as the writer takes it. */
export interface SqliteBatch {
  readonly reads: readonly (readonly [key: string, version: string | undefined])[]
  readonly writes: readonly (readonly [key: string, value: Uint8Array | undefined])[]
}

/**
 * Batches in a form that passes from thread to thread at little cost: one flat list, and one buffer for all values, which is handed over.
 * A batch is the number of its reads, each read's key and version, the number of its writes, and each write's key and the length of its
 * value, {@link DELETED} for none.
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
