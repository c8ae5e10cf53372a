import { parseBoolean } from '../../../shared/raw-value.ts'
import { ApiError } from '../../api/errors.ts'
import { parseAs } from '../../api/invalid-as.ts'
import type { Mount } from '../../core/mount.ts'
import { foldAliases, tellApart } from '../../identity/alias-case.ts'
import { foldsCase, setFolding } from '../../identity/alias-name.ts'
import type { Tx } from '../../storage/transact.ts'
import { isAuth } from './mount-description.ts'

/** Auth methods that generate their names and compare them exactly, case included. */
const EXACT = ['approle']

/** Whether logins at a mount have alias names. */
const hasAliases = (mount: Mount) => isAuth(mount) && mount.type !== 'token'

/**
 * Sets whether the names of a new mount are case-sensitive. By default they are not, so that a disabled user cannot log in under another
 * spelling.
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

/** @throws {ApiError} invalid, if two names would become the same, or the mount has no names */
export async function tuneCase(
  tx: Tx,
  { mount, caseSensitive }: { readonly mount: Mount; readonly caseSensitive: boolean | undefined },
): Promise<void> {
  if (caseSensitive === undefined) return
  if (!hasAliases(mount))
    throw new ApiError('invalid', `${mount.path} is not an auth method with aliases`)
  if (caseSensitive) await tellApart(tx, mount.accessor)
  else await foldAliases(tx, mount.accessor)
}

/** As a mount shows it: only if names are case-sensitive, as they were before there was this setting. */
export const describeCase = async (tx: Tx, mount: Mount) =>
  hasAliases(mount) && !(await foldsCase(tx, mount.accessor))
    ? { case_sensitive_aliases: true }
    : {}
