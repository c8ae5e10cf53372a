import { drop, findLease, leasesOfToken } from '../lease/leases.ts'
import { transact } from '../storage/transact.ts'
import { childTokens, condemnToken, deleteToken } from '../token/tokens.ts'
import type { Core } from './core.ts'

/** Ends a credential and drops its lease, in one commit. A lease that is not there has been revoked already. */
export async function revokeLease({ store, mounts, now }: Core, id: string): Promise<void> {
  await transact(store, async tx => {
    const lease = await findLease(tx, id)
    if (!lease) return
    const mount = await mounts.read(tx, lease.mount)
    const revoke = mount && mounts.engineOf(mount)?.revoke[lease.kind]
    if (revoke) {
      const call = { tx: mounts.scope(tx, mount), now: now(), mount: mounts.view(mount) }
      await revoke(lease.secret, call)
    }
    drop(tx, lease)
  })
}

/**
 * Ends a token, the tokens it has made, and every lease of each. The token is dead from the first commit on; should the
 * process die before the last, the expiry loop finds it and goes on.
 */
export async function revokeToken(core: Core, hash: string): Promise<void> {
  const { store, now } = core
  await transact(store, tx => condemnToken(tx, hash, now()))
  for (const child of await transact(store, tx => childTokens(tx, hash)))
    await revokeToken(core, child)
  for (const lease of await transact(store, tx => leasesOfToken(tx, hash)))
    await revokeLease(core, lease)
  await transact(store, tx => deleteToken(tx, hash))
}
