import { KeptTable } from '../storage/kept-table.ts'
import type { Tx } from '../storage/transact.ts'

/**
 * By the accessor of a mount: whether names at it are case-insensitive. Mounts of older versions have no entry. It is a kept table
 * because without its entry a disabled user could log in as a new entity under another spelling.
 */
const folding = new KeptTable<{ readonly folds: boolean }>('identity/alias-case/', {
  record: 'identity/alias-case-names',
})

/** Records the entries that an older version has stored. */
export const keepFolding = (tx: Tx): Promise<void> => folding.keep(tx)

const keyOf = (mount: string) => encodeURIComponent(mount)

/** Whether names at a mount are case-insensitive. */
export const foldsCase = async (tx: Tx, mount: string): Promise<boolean> =>
  (await folding.get(tx, keyOf(mount)))?.folds ?? false

/** Sets whether names at a mount are case-insensitive. Existing aliases are not changed. */
export const setFolding = (tx: Tx, mount: string, folds: boolean): Promise<void> =>
  folds ? folding.put(tx, keyOf(mount), { folds }) : folding.delete(tx, keyOf(mount))

/** The key of an alias in the index: its name, in lower case if names at the mount are case-insensitive. */
export const aliasKey = async (tx: Tx, mount: string, name: string): Promise<string> =>
  (await foldsCase(tx, mount)) ? name.toLowerCase() : name
