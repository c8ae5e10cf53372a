import type { Store } from '../../engine/storage/store.ts'

/** Rows that a store was asked for and given. */
export interface Counts {
  gets: number
  lists: number
  commits: number
  /** Rows whose version a commit has compared. */
  compares: number
  /** Rows written or deleted. */
  writes: number
}

export type CountedStore = Store & { readonly counts: Counts }

/** The same store, which counts. */
export function countedStore(store: Store): CountedStore {
  const counts: Counts = { gets: 0, lists: 0, commits: 0, compares: 0, writes: 0 }
  return {
    counts,
    get(key) {
      counts.gets++
      return store.get(key)
    },
    list(prefix, page) {
      counts.lists++
      return store.list(prefix, page)
    },
    commit(batch) {
      counts.commits++
      counts.compares += batch.reads.size
      counts.writes += batch.writes.size
      return store.commit(batch)
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}
