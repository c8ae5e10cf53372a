import type { RequestContext } from '../../audit/request-context.ts'
import type { Core } from '../core.ts'

interface Ends {
  /** Ids of leases. */
  readonly ends: readonly string[] | undefined
  /** The password was redeemed, or was presented too often for another login. */
  readonly reason: 'used' | 'misused'
}

/** Records in the audit log that a request has ended leases. Does not reject. */
export async function recordEnds(
  { audit }: Core,
  { mount }: RequestContext,
  { ends = [], reason }: Ends,
): Promise<void> {
  await Promise.all(ends.map(lease => audit.ended({ lease, mount, reason })))
}
