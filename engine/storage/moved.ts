import type { Batch, Store } from './store.ts'

/**
 * The key of a mark in a store whose data has been copied elsewhere. Engines do not start with it, and every commit but one that removes
 * the mark is refused, since the copy would lack it.
 */
export const MOVED = 'moved'

/**
 * The key of a mark in the destination of an unfinished copy, with its progress. Engines do not start with it, and every commit but those
 * of the copy, which write the mark, is refused.
 */
export const UNFINISHED = 'unfinished-copy'

/** The error that clients of an engine with such a store see. */
export const IS_MOVED =
  'the storage has been migrated elsewhere, or is an unfinished copy: start the engine with the new configuration'

/** The id of the copy of a store that has been migrated. */
export async function movedInto(store: Store): Promise<string | undefined> {
  const entry = await store.get(MOVED)
  return entry && Buffer.from(entry.value).toString()
}

/** Marks a store as copied. When this resolves, no commit is in progress, and later ones are refused. */
export async function markMoved(store: Store, copy: string): Promise<void> {
  await commitAlone(store, MOVED, Buffer.from(copy))
}

/** Removes the mark; the copy must not be used any more. */
export async function unmarkMoved(store: Store): Promise<void> {
  await commitAlone(store, MOVED, undefined)
}

/** Writes a mark. When this resolves, no commit is in progress that has not seen it. */
export async function commitAlone(
  store: Store,
  key: string,
  mark: Uint8Array | undefined,
): Promise<void> {
  const batch: Batch = { reads: new Map(), writes: new Map([[key, mark]]) }
  await (store.commitAlone?.(batch) ?? store.commit(batch))
}
