import { integer, oneOf } from '../../../shared/field.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import { tidyLeases } from '../../core/background/tidy-leases.ts'
import type { Core } from '../../core/core.ts'
import { findLease, stuckLeases } from '../../lease/leases.ts'
import type { Tx } from '../../storage/transact.ts'

const LIMIT = 10_000

const type = oneOf(
  'irrevocable',
  'failing',
)({
  default: 'irrevocable',
  description:
    'Which leases: "irrevocable" for those that could not be revoked and are not retried any more, "failing" for those that are still retried.',
})

/** Reports and maintenance of leases: those that could not be revoked, and tidying. Contract §4.5. */
export const leaseReports = (core: Core) => [
  endpoint({
    path: 'leases',
    sudo: true,
    summary: 'Lists the leases that could not be revoked.',
    description: 'Returns the id of each, its mount and the error of the last attempt.',
    fields: {
      type,
      limit: integer({ default: LIMIT, description: 'Maximum number of leases to return.' }),
    },
    operations: {
      read: async function reportLeases({ type: which, limit }, { tx }) {
        if (limit < 1) throw new ApiError('invalid', 'limit must be at least 1')
        const leases = await stuck(tx, which, limit)
        return {
          data: {
            lease_count: leases.length,
            leases: leases.map(({ id, mount, failure }) => ({
              lease_id: id,
              mount_id: mount,
              error: failure?.reason ?? '',
            })),
          },
        }
      },
    },
  }),
  endpoint({
    path: 'leases/count',
    summary: 'Counts the leases that could not be revoked.',
    description: 'Returns their number, in total and for each mount.',
    fields: { type },
    operations: {
      read: async function countLeases({ type: which }, { tx }) {
        const counts: Record<string, number> = {}
        for (const { mount } of await stuck(tx, which)) counts[mount] = (counts[mount] ?? 0) + 1
        const total = Object.values(counts).reduce((sum, count) => sum + count, 0)
        return { data: { lease_count: total, counts } }
      },
    },
  }),
  endpoint({
    path: 'leases/tidy',
    summary: 'Revokes leases whose token no longer exists.',
    description:
      'Runs in the background after the response is sent. The server log has the result.',
    fields: {},
    operations: {
      update: async function tidyAllLeases() {
        return {
          bare: { status: 202, body: undefined },
          afterCommit: async () => void tidyLeases(core),
        }
      },
    },
  }),
]

async function stuck(tx: Tx, which: Parameters<typeof stuckLeases>[1], limit?: number) {
  const ids = await stuckLeases(tx, which, limit === undefined ? {} : { limit })
  const found = await Promise.all(ids.map(id => findLease(tx, id)))
  return found.filter(lease => lease !== undefined)
}
