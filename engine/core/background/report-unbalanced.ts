import { unbalancedPolicies } from '../../policy/unbalanced.ts'
import { transact } from '../../storage/transact.ts'
import type { Core } from '../core.ts'

/** Logs which policies have paths with unbalanced templates, which match nothing. */
export async function reportUnbalanced({ store, log }: Core): Promise<void> {
  const policies = await transact(store, unbalancedPolicies)
  if (policies.length > 0)
    log.warn(
      { policies },
      'policies have paths that match nothing, because {{ and }} in them are unbalanced: correct these policies',
    )
}
