import { integer, string } from '../../../shared/field.ts'
import { callerOf } from '../../api/call.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import { requireAny } from '../../api/require-found.ts'
import { findLease, type Lease, leasesOfToken } from '../../lease/leases.ts'
import type { Tx } from '../../storage/transact.ts'
import { describeLease } from './describe-lease.ts'

const LIMIT = 1000

/** `leases/self`: the leases of the caller's token. */
export const ownLeases = endpoint({
  path: 'leases/self',
  summary: "Lists the leases of the caller's token.",
  description:
    'Returns the ids of what was issued to the token and has not ended, and when each expires, but no credential. A token needs no policy for it. The leases of its child tokens are not among them.',
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
      const info = leases.map(lease => [lease.id, describeLease(lease, now)] as const)
      return { data: { keys, key_info: Object.fromEntries(info) } }
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
