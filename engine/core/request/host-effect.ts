import type { Means } from '../../api/call.ts'
import { Untouched } from '../../api/errors.ts'
import type { EnvelopeReply } from '../../api/reply.ts'
import { drop, findLease, hasten } from '../../lease/leases.ts'
import { transact } from '../../storage/transact.ts'
import type { Core } from '../core.ts'
import type { Mount } from '../mount.ts'
import { noHandler } from './admit.ts'

/**
 * Does what a reply needs outside the store. The lease of what it installs is durable already, so that whatever happens in between,
 * the expiry loop removes it.
 * @throws whatever the engine failed with, once its lease has been dropped, or made due at once if there may be something to remove
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

/** Transactions that see what an engine may see at this mount. */
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
