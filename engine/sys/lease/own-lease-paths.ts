import { integer, string } from '../../../shared/field.ts'
import { callerOf } from '../../api/call.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import { requireAny } from '../../api/require-found.ts'
import type { Core } from '../../core/core.ts'
import { findLease, type Lease, leasesOfToken } from '../../lease/leases.ts'
import type { Tx } from '../../storage/transact.ts'
import { describeLease } from './describe-lease.ts'

const LIMIT = 1000

/** `leases/self`: the leases of the caller's token. */
export const ownLeases = ({ mounts }: Core) =>
  endpoint({
    path: 'leases/self',
    summary: "Lists the leases of the caller's token.",
    description:
      'Returns the ids of what was issued to the token and has not ended, when each expires, and the kind of credential with the login that it is for, but no credential. A token needs no policy for it. The leases of its child tokens are not among them.',
    isOwner: async () => true,
    fields: {
      after: string({ default: '', description: 'Begins the page behind this lease id.' }),
      limit: integer({ default: LIMIT, description: 'Maximum number of leases in a page.' }),
    },
    operations: {
      list: async function listOwnLeases({ after, limit }, call) {
        if (limit < 1 || limit > 10 * LIMIT)
          throw new ApiError('invalid', `limit must be from 1 to ${10 * LIMIT}`)
        const { tx, now } = call
        const { token } = callerOf(call)
        const page = { after: encodeURIComponent(after), limit }
        const leases = await leasesAmong(tx, await leasesOfToken(tx, token, page), token)
        const keys = requireAny(leases.map(({ id }) => id))
        // all at once: a database answers many reads in the time of one
        const info = leases.map(async lease => {
          const about = await credentialOf(mounts, tx, lease)
          return [lease.id, { ...describeLease(lease, now), kind: lease.kind, ...about }] as const
        })
        return { data: { keys, key_info: Object.fromEntries(await Promise.all(info)) } }
      },
    },
  })

/** Those whose own record names the token, since names of rows are not authenticated. */
async function leasesAmong(
  tx: Tx,
  ids: readonly string[],
  token: string,
): Promise<readonly Lease[]> {
  const found = await Promise.all(ids.map(id => findLease(tx, id)))
  return found.filter(lease => lease !== undefined).filter(lease => lease.token === token)
}

/** What the engine of the mount says about the credential; nothing if the mount is gone. */
async function credentialOf(
  mounts: Core['mounts'],
  tx: Tx,
  { mount: id, kind, secret }: Lease,
): Promise<object | undefined> {
  const mount = await mounts.read(tx, id)
  if (!mount) return undefined
  const tellsOf = mounts.engineOf(mount)?.credentials?.[kind]
  return tellsOf?.describe?.(secret, { tx: mounts.scope(tx, mount) })
}
