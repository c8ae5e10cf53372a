import type { Receipt } from './commit-receipts.ts'
import { groupValuesOf, valuesOf } from './commit-values.ts'
import { COMMIT_GROUP } from './postgres-group-statement.ts'
import { COMMIT, COMMIT_AT_ONCE } from './postgres-statements.ts'
import type { Batch } from './store.ts'

/** The statement that makes these commits, which each connection prepares once. A commit costs less by itself than as a group of one. */
export function statementFor(batches: readonly Batch[], receipt: Receipt, waits: boolean) {
  const [first, second] = batches
  if (!first || second)
    return { name: 'group', text: COMMIT_GROUP, values: groupValuesOf(batches, receipt) }
  const values = valuesOf(first, receipt)
  return waits
    ? { name: 'commit', text: COMMIT, values }
    : { name: 'at once', text: COMMIT_AT_ONCE, values }
}
