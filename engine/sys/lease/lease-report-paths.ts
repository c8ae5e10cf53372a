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
    'Which leases: "irrevocable", those that could not be revoked and are no longer tried, or "failing", those that still are.',
})

/** What operators ask of leases as a whole: those that got stuck, how many, and whether the indexes are sound. Contract §4.5. */
export const leaseReports = (core: Core) => [
  endpoint({
    path: 'leases',
    sudo: true,
    summary: 'Shows the leases that could not be revoked.',
    description: 'Answers with the id of each, its mount and why the last attempt failed.',
    fields: {
      type,
      limit: integer({ default: LIMIT, description: 'The most leases to answer with.' }),
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
    description: 'Answers with their number in all, and by mount.',
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
    summary: 'Looks through all leases, and mends what is inconsistent.',
    description:
      'Leases whose token is gone are revoked. It goes on behind the answer; the log says what was found.',
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
