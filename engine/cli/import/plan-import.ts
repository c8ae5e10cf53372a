import type { Snapshot } from '../snapshot/snapshot.ts'
import type { CaKeys } from './ca-key-files.ts'
import type { Import } from './import-parts.ts'
import { type Plan, PlanBuilder } from './plan.ts'
import { planAuth } from './plan-auth.ts'
import { planIdentity } from './plan-identity.ts'
import { planPolicies } from './plan-policies.ts'
import { planSsh } from './plan-ssh.ts'
import { TargetIds } from './target-ids.ts'

/** Plans what the target lacks of what the source has. Nothing that only the target has is removed. */
export function planImport(source: Snapshot, target: Snapshot, caKeys: CaKeys): Plan {
  const builder = new PlanBuilder()
  const ids = new TargetIds(source, target)
  const parts: Import = { source, target, ids, caKeys, builder }
  // the order in which things refer to each other: policies may name accessors, entities and groups
  planAuth(parts)
  planIdentity(parts)
  planPolicies(parts)
  planSsh(parts)
  leaveForeign(parts)
  return builder.plan
}

function leaveForeign({ source, builder }: Import): void {
  for (const path of source.unreadable)
    builder.leave({
      what: path,
      reason: 'the token for the source may not read it',
      remedy: 'use a token with the policy that docs/policies.md has for an import',
    })
  for (const { path, type } of source.foreign)
    builder.leave({
      what: path,
      reason: `Postern has nothing of the type ${type}`,
      remedy: 'leave it where it is: Postern can run beside the other server',
    })
}
