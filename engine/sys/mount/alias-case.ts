import { parseBoolean } from '../../../shared/raw-value.ts'
import { ApiError } from '../../api/errors.ts'
import { parseAs } from '../../api/invalid-as.ts'
import type { Mount } from '../../core/mount.ts'
import { foldAliases, tellApart } from '../../identity/alias-case.ts'
import { foldsCase, setFolding } from '../../identity/alias-name.ts'
import type { Tx } from '../../storage/transact.ts'
import { isAuth } from './mount-description.ts'

/** Names that a method makes up and compares letter by letter: two of them that differ in case are two. */
const EXACT = ['approle']

/** Who logs in by a mount has a name. */
const hasAliases = (mount: Mount) => isAuth(mount) && mount.type !== 'token'

/**
 * Decides for a new mount whether its names differ by case: not, unless that is asked for, so that nobody who is locked out comes back
 * in capitals.
 * @throws {ApiError} invalid
 */
export async function beginCase(tx: Tx, mount: Mount, asked: unknown): Promise<void> {
  if (!hasAliases(mount)) return
  const sensitive =
    asked === undefined
      ? EXACT.includes(mount.type)
      : parseAs('case_sensitive_aliases: ', () => parseBoolean(asked))
  await setFolding(tx, mount.accessor, !sensitive)
}

/** @throws {ApiError} invalid, if names would become one, or the mount has none */
export async function tuneCase(
  tx: Tx,
  { mount, caseSensitive }: { readonly mount: Mount; readonly caseSensitive: boolean | undefined },
): Promise<void> {
  if (caseSensitive === undefined) return
  if (!hasAliases(mount))
    throw new ApiError('invalid', `nobody logs in by ${mount.path}: it has no aliases`)
  if (caseSensitive) await tellApart(tx, mount.accessor)
  else await foldAliases(tx, mount.accessor)
}

/** What a mount says of it: something only where names differ by case, as they did before there was a choice. */
export const describeCase = async (tx: Tx, mount: Mount) =>
  hasAliases(mount) && !(await foldsCase(tx, mount.accessor))
    ? { case_sensitive_aliases: true }
    : {}
