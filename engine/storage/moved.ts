import type { Batch, Store } from './store.ts'

/**
 * Stands in a store whose data has been copied elsewhere. No engine starts with it, and no commit is made in it but one that takes this
 * away: what would be answered now would be missing in the copy.
 */
export const MOVED = 'moved'

/**
 * Stands in the destination of a copy until that is whole: how far it has come. No engine starts with it, and no commit is made in it but
 * those of the copy, which write this: what an engine made there would be mixed with what is copied.
 */
export const UNFINISHED = 'unfinished-copy'

/** What clients are told whose engine uses such a store. */
export const IS_MOVED =
  'the storage has been moved, or is a copy that is not whole: start the engine with the new configuration'

/** The id of the copy that the data of a store has gone into. */
export async function movedInto(store: Store): Promise<string | undefined> {
  const entry = await store.get(MOVED)
  return entry && Buffer.from(entry.value).toString()
}

/** Marks a store as copied. When this resolves, no commit is under way in it, and none will be made. */
export async function markMoved(store: Store, copy: string): Promise<void> {
  await commitAlone(store, MOVED, Buffer.from(copy))
}

/** Takes the mark back: the copy must not be used any more. */
export async function unmarkMoved(store: Store): Promise<void> {
  await commitAlone(store, MOVED, undefined)
}

/** Writes a mark. When this resolves, no commit is under way that has not seen it. */
export async function commitAlone(
  store: Store,
  key: string,
  mark: Uint8Array | undefined,
): Promise<void> {
  const batch: Batch = { reads: new Map(), writes: new Map([[key, mark]]) }
  await (store.commitAlone?.(batch) ?? store.commit(batch))
}
