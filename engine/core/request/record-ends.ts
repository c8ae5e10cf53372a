import type { Admission } from '../../audit/request-context.ts'
import type { Core } from '../core.ts'

interface Ends {
  /** Ids of leases. */
  readonly ends: readonly string[] | undefined
  /** The password let somebody in, or had been presented too often for another login. */
  readonly reason: 'used' | 'misused'
}

/** Records that leases have ended because of what was asked. Does not reject. */
export async function recordEnds(
  { audit }: Core,
  { mount }: Admission,
  { ends = [], reason }: Ends,
): Promise<void> {
  await Promise.all(ends.map(lease => audit.ended({ lease, mount, reason })))
}
