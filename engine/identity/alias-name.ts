import { KeptTable } from '../storage/kept-table.ts'
import type { Tx } from '../storage/transact.ts'

/**
 * By the accessor of a mount: whether names at it are the same in any case. Mounts of older versions have none. Were it unnoticed that
 * one is gone, somebody who is disabled could log in as somebody new in capitals.
 */
const folding = new KeptTable<{ readonly folds: boolean }>('identity/alias-case/', {
  record: 'identity/alias-case-names',
})

/** Writes down at which mounts an older version has set that. */
export const keepFolding = (tx: Tx): Promise<void> => folding.keep(tx)

const keyOf = (mount: string) => encodeURIComponent(mount)

/** Whether two names at a mount are the same that differ only in case. */
export const foldsCase = async (tx: Tx, mount: string): Promise<boolean> =>
  (await folding.get(tx, keyOf(mount)))?.folds ?? false

/** Sets whether it does. Names that are there are not changed. */
export const setFolding = (tx: Tx, mount: string, folds: boolean): Promise<void> =>
  folds ? folding.put(tx, keyOf(mount), { folds }) : folding.delete(tx, keyOf(mount))

/** What an alias of that name is found by: the name in lower case where case means nothing. */
export const aliasKey = async (tx: Tx, mount: string, name: string): Promise<string> =>
  (await foldsCase(tx, mount)) ? name.toLowerCase() : name
