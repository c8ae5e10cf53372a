import type { Means } from '../../api/call.ts'
import { Untouched } from '../../api/errors.ts'
import type { EnvelopeReply } from '../../api/reply.ts'
import { drop, findLease, hasten } from '../../lease/leases.ts'
import { transact } from '../../storage/transact.ts'
import type { Core } from '../core.ts'
import type { Mount } from '../mount.ts'
import { noHandler } from './admit.ts'

/**
 * Performs the effect of a reply on a host. The lease of what it installs is durable already, so housekeeping removes it after any
 * crash.
 * @throws the error of the engine, after its lease was deleted, or made due at once if the host may have been changed
 */
export async function performHostEffect(
  core: Core,
  mount: Mount,
  reply: EnvelopeReply,
): Promise<EnvelopeReply> {
  try {
    const installed = await reply.hostEffect?.(meansOf(core, mount))
    const warnings = [...(reply.warnings ?? []), ...(installed?.warnings ?? [])]
    return { ...reply, ...installed, ...(warnings.length > 0 && { warnings }) }
  } catch (error) {
    if (reply.lease) await settle(core, reply.shownLease?.id ?? '', error)
    throw error
  }
}

/** Transactions that see what the engine at this mount sees. */
export const meansOf = ({ store, mounts }: Core, { id, path }: Mount): Means => ({
  transact: work =>
    transact(store, async tx => {
      const mount = await mounts.read(tx, id)
      if (!mount) throw noHandler(path)
      return work(mounts.scope(tx, mount))
    }),
})

function settle({ store, now }: Core, id: string, error: unknown): Promise<void> {
  return transact(store, async tx => {
    const lease = await findLease(tx, id)
    if (!lease) return
    if (error instanceof Untouched) drop(tx, lease)
    else hasten(tx, lease, now())
  })
}
