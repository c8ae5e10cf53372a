import { keepFolding } from '../../identity/alias-name.ts'
import { keepDisabled } from '../../identity/disabled.ts'
import { keepGroups } from '../../identity/groups.ts'
import { keepIdentityNames } from '../../identity/move-names.ts'
import { keepQuotas } from '../../limit/quotas.ts'
import { keepPolicies } from '../../policy/policies.ts'
import { transact } from '../../storage/transact.ts'
import type { Core } from '../core.ts'

/** Records the names of mounts, policies, quotas and identities in a store of an older version, which kept no such records. */
export async function keepNames({ store, mounts, now }: Core): Promise<void> {
  await transact(store, async tx => {
    await mounts.keep(tx)
    await keepPolicies(tx)
    await keepQuotas(tx)
    await keepDisabled(tx)
    await keepFolding(tx)
    await keepGroups(tx)
    await keepIdentityNames(tx, now())
  })
  await store.noteKept()
}
