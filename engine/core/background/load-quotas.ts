import { allQuotas } from '../../limit/quotas.ts'
import { transact } from '../../storage/transact.ts'
import type { Core } from '../core.ts'

/** Loads the stored quotas into this node. */
export async function loadQuotas({ store, limits }: Core): Promise<void> {
  limits.set(await transact(store, allQuotas))
}
