import { Table } from '../storage/table.ts'
import type { Tx } from '../storage/transact.ts'

/** By the accessor of a mount: whether names at it are the same in any case. Mounts of older versions have none. */
const folding = new Table<{ readonly folds: boolean }>('identity/alias-case/')

const keyOf = (mount: string) => encodeURIComponent(mount)

/** Whether two names at a mount are the same that differ only in case. */
export const foldsCase = async (tx: Tx, mount: string): Promise<boolean> =>
  (await folding.get(tx, keyOf(mount)))?.folds ?? false

/** Sets whether it does. Names that are there are not changed. */
export function setFolding(tx: Tx, mount: string, folds: boolean): void {
  if (folds) folding.put(tx, keyOf(mount), { folds })
  else folding.delete(tx, keyOf(mount))
}

/** What an alias of that name is found by: the name in lower case where case means nothing. */
export const aliasKey = async (tx: Tx, mount: string, name: string): Promise<string> =>
  (await foldsCase(tx, mount)) ? name.toLowerCase() : name
