import type { Store } from '../../engine/storage/store.ts'

/** All keys of a store that begin with `prefix`, as whoever administers its database sees them. */
export async function keysOf(store: Store, prefix = ''): Promise<readonly string[]> {
  const keys: string[] = []
  for (const name of await store.list(prefix)) {
    if (name.endsWith('/')) keys.push(...(await keysOf(store, prefix + name)))
    else keys.push(prefix + name)
  }
  return keys
}

/** The rows of a store, to be put back later. */
export async function rowsOf(store: Store): Promise<ReadonlyMap<string, Uint8Array>> {
  const rows = new Map<string, Uint8Array>()
  for (const key of await keysOf(store)) {
    const entry = await store.get(key)
    if (entry) rows.set(key, entry.value)
  }
  return rows
}

/** Writes rows, or deletes those that are undefined, as whoever administers the database can. */
export const setRows = (
  store: Store,
  rows: Iterable<readonly [key: string, value: Uint8Array | undefined]>,
): Promise<void> => store.commit({ reads: new Map(), writes: new Map(rows) })

/** Deletes all rows whose keys begin with `prefix`. Gives what they were. */
export async function deleteRows(
  store: Store,
  prefix: string,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const all = [...(await rowsOf(store))]
  const rows = new Map(all.filter(([key]) => key.startsWith(prefix)))
  if (rows.size === 0) throw new Error(`no row begins with ${prefix}`)
  await setRows(
    store,
    [...rows.keys()].map(key => [key, undefined] as const),
  )
  return rows
}
