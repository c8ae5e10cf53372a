import { transact } from '../../storage/transact.ts'
import { findToken, tokenHashes } from '../../token/tokens.ts'
import type { Core } from '../core.ts'
import type { Mount } from '../mount.ts'
import { inParallel } from './in-parallel.ts'
import { mountLeasePages } from './mount-leases.ts'
import { type EndLease, revokeAll, revokeToken, revokeUnder, tryRevoke } from './revoke.ts'

/** Tokens whose revocations run at once. */
const TOKENS_AT_ONCE = 32

const PAGE = 500

/**
 * Revokes everything that was issued below a path: leases by their ids, leases from former paths of a mount, and below `auth/` the tokens
 * of logins.
 * @param prefix empty, or ends in `/`
 * @returns how many leases `end` was false for
 */
export async function revokePrefix(
  core: Core,
  prefix: string,
  end: EndLease = tryRevoke,
): Promise<number> {
  let failed = await revokeUnder(core, prefix, end)
  await core.mounts.refresh()
  for (const { mount, below } of movedTo(core.mounts.all, prefix))
    for await (const ids of mountLeasePages(core.store, {
      places: mount.formerPaths,
      mount,
      below,
    }))
      failed += await revokeAll(core, ids, end)
  if (prefix.startsWith('auth/')) await revokeTokens(core, prefix)
  return failed
}

/** The mounts at, above or below a path that have been moved, with the part of the path below them. */
const movedTo = (mounts: readonly Mount[], prefix: string) =>
  mounts
    .filter(({ path, formerPaths }) => {
      const meets = path.startsWith(prefix) || prefix.startsWith(path)
      return meets && formerPaths.length > 0
    })
    .map(mount => ({ mount, below: prefix.slice(mount.path.length) }))

/** Revokes the tokens that were issued by a request below a path, or by a mount that is now there, except those without expiry, as in Vault. */
async function revokeTokens(core: Core, prefix: string): Promise<void> {
  const moved = new Map(movedTo(core.mounts.all, prefix).map(each => [each.mount.id, each]))
  const isMeant = ({ path, mount }: { readonly path: string; readonly mount?: string }) => {
    const { mount: at, below } = moved.get(mount ?? '') ?? {}
    return (
      `${path}/`.startsWith(prefix) ||
      at?.formerPaths.some(former => `${path}/`.startsWith(former + below)) === true
    )
  }
  for (let after = ''; ; ) {
    const hashes = await transact(core.store, tx => tokenHashes(tx, { after, limit: PAGE }))
    const last = hashes.at(-1)
    if (last === undefined) return
    await inParallel(hashes, TOKENS_AT_ONCE, async hash => {
      const token = await transact(core.store, tx => findToken(tx, hash, core.now()))
      if (token?.expiresAt !== undefined && isMeant(token)) await revokeToken(core, hash)
    })
    after = last
  }
}
