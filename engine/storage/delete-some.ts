import type { Tx } from './transact.ts'

/** Deletes at most `limit` of the keys under `prefix`, which is empty or ends in `/`. Returns how many. */
export async function deleteSome(tx: Tx, prefix: string, limit: number): Promise<number> {
  let deleted = 0
  for (const name of await tx.list(prefix, { limit })) {
    if (deleted >= limit) break
    if (name.endsWith('/')) deleted += await deleteSome(tx, prefix + name, limit - deleted)
    else {
      tx.delete(prefix + name)
      deleted++
    }
  }
  return deleted
}
