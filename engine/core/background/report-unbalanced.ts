import { unbalancedPolicies } from '../../policy/unbalanced.ts'
import { transact } from '../../storage/transact.ts'
import type { Core } from '../core.ts'

/** Logs which policies say something that counts for nobody. */
export async function reportUnbalanced({ store, log }: Core): Promise<void> {
  const policies = await transact(store, unbalancedPolicies)
  if (policies.length > 0)
    log.warn(
      { policies },
      'policies have paths that count for nobody, because {{ and }} in them do not match: write them anew',
    )
}
