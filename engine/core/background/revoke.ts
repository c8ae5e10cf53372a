import { attempt } from '../../../shared/result.ts'
import type { CredentialKind, RevokeCall } from '../../api/engine.ts'
import { drop, type Failure, findLease, type Lease, postpone } from '../../lease/leases.ts'
import { deleteSome } from '../../storage/delete-some.ts'
import { Sealed } from '../../storage/sealed.ts'
import { type Tx, transact } from '../../storage/transact.ts'
import { endUse } from '../../token/authenticate.ts'
import { tokenScope } from '../../token/token-scope.ts'
import { childTokens, condemnToken, deleteToken, type Token } from '../../token/tokens.ts'
import type { Core } from '../core.ts'
import type { Mount } from '../mount.ts'
import { inParallel } from './in-parallel.ts'
import { leasePages, tokenLeasePages } from './lease-pages.ts'

/** Concurrent revocations for one cause: a slow host must not delay the others. */
const CONCURRENCY = 32

/** Keys of a token that are deleted in one commit. */
const BATCH = 500

/** Milliseconds: the longest backoff after a failed revocation, and how long it is retried. */
const MAX_BACKOFF = 10 * 60_000
const GIVE_UP_AFTER = 24 * 3_600_000

/**
 * Revokes a credential and deletes its lease, in one commit. A lease that does not exist has been revoked already. If the revocation
 * fails, the lease stays and housekeeping retries it.
 * @throws the error of the engine
 */
export async function revokeLease(core: Core, id: string): Promise<void> {
  try {
    await endLease(core, id)
  } catch (error) {
    await transact(core.store, async tx => {
      const lease = await findLease(tx, id)
      if (lease) postpone(tx, lease, ...next(lease, error, core.now().getTime()))
    })
    throw error
  }
}

/** Like {@link revokeLease}, but logs a failure. Returns whether it succeeded. @throws {Sealed} */
export async function tryRevoke(core: Core, id: string): Promise<boolean> {
  try {
    await revokeLease(core, id)
    return true
  } catch (error) {
    // this node was sealed: another node revokes the lease, or this one once it is unsealed
    if (error instanceof Sealed) throw error
    core.log.error({ lease: id, error }, 'lease could not be revoked; will retry')
    return false
  }
}

/** Deletes a lease even if its credential cannot be revoked, as an operator has asked. */
export async function forceRevoke(core: Core, id: string): Promise<void> {
  await endLease(core, id).catch(async error => {
    if (error instanceof Sealed) throw error
    core.log.warn({ lease: id, error }, 'lease given up; its credential may still be valid')
    const mount = await transact(core.store, async tx => {
      const lease = await findLease(tx, id)
      const found = lease && (await core.mounts.read(tx, lease.mount))
      const giveUp =
        lease && found && core.mounts.engineOf(found)?.credentials?.[lease.kind]?.giveUp
      if (giveUp) await giveUp(lease.secret, callFor(core, tx, found))
      if (lease) drop(tx, lease)
      return found
    })
    await core.audit.ended({ lease: id, mount, reason: 'given up' })
  })
}

/** Ends one lease. Returns whether it succeeded. */
export type EndLease = (core: Core, id: string) => Promise<boolean>

/** Calls `end` for all leases under a path. Returns for how many it was false. */
export async function revokeUnder(
  core: Core,
  prefix: string,
  end: EndLease = tryRevoke,
): Promise<number> {
  let failed = 0
  for await (const ids of leasePages(core.store, prefix)) failed += await revokeAll(core, ids, end)
  return failed
}

/** Calls `end` for these leases, {@link CONCURRENCY} at a time. Returns for how many it was false. */
export async function revokeAll(
  core: Core,
  ids: readonly string[],
  end: EndLease = tryRevoke,
): Promise<number> {
  let failed = 0
  await inParallel(ids, CONCURRENCY, async id => {
    if (!(await end(core, id))) failed++
  })
  return failed
}

/**
 * Revokes a token and its child tokens, with all of their leases and what is scoped to them. The token is invalid from the first commit
 * on. If the process dies before the last one, housekeeping continues.
 */
export async function revokeToken(core: Core, hash: string): Promise<void> {
  const { store, now, audit } = core
  const reason = await transact(store, tx => condemnToken(tx, hash, now()))
  for (const child of await transact(store, tx => childTokens(tx, hash)))
    await revokeToken(core, child)
  for await (const ids of tokenLeasePages(store, hash))
    await revokeAll(core, await transact(store, tx => leasesAmong(tx, ids, hash)))
  const token = await removeToken(core, hash)
  if (token) await audit.ended({ token, reason })
}

/** Those whose row names the token, since names of rows are not authenticated. Unreadable ones are included, so that the log shows their error. */
async function leasesAmong(tx: Tx, ids: readonly string[], token: string) {
  const found = await Promise.all(ids.map(id => attempt(() => findLease(tx, id))))
  return ids.filter((_, at) => {
    const lease = found[at]
    return !lease?.ok || lease.value?.token === token
  })
}

/** Records that a request of a token with limited uses is finished. After the last one, the token is revoked with its leases. */
export async function endTokenUse(core: Core, hash: string): Promise<void> {
  if (await transact(core.store, tx => endUse(tx, hash))) await revokeToken(core, hash)
}

/** Deletes a revoked token; what is scoped to it is deleted before it or in the same commit. */
async function removeToken({ store }: Core, hash: string): Promise<Token | undefined> {
  const removeSome = () =>
    transact(store, async tx => {
      const isMore = (await deleteSome(tokenScope(tx, hash), '', BATCH)) === BATCH
      return { isMore, token: isMore ? undefined : await deleteToken(tx, hash) }
    })
  for (;;) {
    const { isMore, token } = await removeSome()
    if (!isMore) return token
  }
}

/** The context in which an engine revokes a credential of a mount. */
const callFor = ({ mounts, now }: Core, tx: Tx, mount: Mount): RevokeCall => ({
  tx: mounts.scope(tx, mount),
  now: now(),
  mount: mounts.view(mount),
})

/** How the credential of a lease is revoked. @throws if this version does not know its kind: without that, the credential would stay valid */
function kindOf({ mounts }: Core, mount: Mount, { kind }: Lease): CredentialKind {
  const found = mounts.engineOf(mount)?.credentials?.[kind]
  if (!found)
    throw new Error(
      `the engine ${mount.type} at ${mount.path} knows no credential of kind "${kind}"`,
    )
  return found
}

/** A lease whose mount is gone is only deleted: a mount is removed after its leases have ended. */
async function endLease(core: Core, id: string): Promise<void> {
  const { store, mounts, audit, now, log } = core
  const ended = await transact(store, async tx => {
    const lease = await findLease(tx, id)
    if (!lease) return undefined
    const mount = await mounts.read(tx, lease.mount)
    const proof =
      mount && (await kindOf(core, mount, lease).revoke(lease.secret, callFor(core, tx, mount)))
    drop(tx, lease)
    const reason = proof ?? (lease.expiresAt <= now().getTime() ? 'expired' : 'revoked')
    return { lease: id, mount, reason }
  })
  if (ended?.reason === 'unproved')
    log.warn({ lease: id }, 'the script has removed a key, which could not be read back')
  if (ended) await audit.ended(ended)
}

/** The record of a failed revocation, and when to retry it: with exponential backoff, up to {@link GIVE_UP_AFTER}. */
function next({ failure }: Lease, error: unknown, now: number): [Failure, number | undefined] {
  const { count, since } = failure ?? { count: 0, since: now }
  const reason = error instanceof Error ? error.message : String(error)
  const wait = Math.min(1000 * 2 ** count, MAX_BACKOFF)
  const at = now - since >= GIVE_UP_AFTER ? undefined : now + wait
  return [{ count: count + 1, since, reason }, at]
}
