import { allQuotas } from '../../limit/quotas.ts'
import { transact } from '../../storage/transact.ts'
import type { Core } from '../core.ts'

/** Has this node hold clients to the quotas that are stored now. */
export async function loadQuotas({ store, limits }: Core): Promise<void> {
  limits.set(await transact(store, allQuotas))
}
