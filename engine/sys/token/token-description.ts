import type { Call } from '../../api/call.ts'
import type { Token } from '../../token/tokens.ts'

/** A token as lookups show it, without its value. Contract §4.4. */
export function describeToken(found: Token, { now, caller }: Pick<Call, 'now' | 'caller'>) {
  const { createdAt, expiresAt, lastRenewal } = found
  // identity policies are known only of the caller
  const others = caller?.token === found.hash ? caller.identityPolicies : []
  return {
    accessor: found.accessor,
    policies: found.policies,
    path: found.path,
    meta: found.metadata,
    display_name: found.displayName,
    num_uses: found.numUses,
    orphan: found.parent === undefined,
    creation_time: Math.floor(createdAt / 1000),
    creation_ttl: found.ttl,
    issue_time: new Date(createdAt).toISOString(),
    expire_time: expiresAt === undefined ? null : new Date(expiresAt).toISOString(),
    ttl: expiresAt === undefined ? 0 : Math.floor((expiresAt - now.getTime()) / 1000),
    explicit_max_ttl: found.explicitMaxTtl,
    entity_id: found.entity ?? '',
    type: 'service',
    renewable: found.renewable,
    ...(found.period > 0 && { period: found.period }),
    ...(found.role !== undefined && { role: found.role }),
    ...(found.boundCidrs.length > 0 && { bound_cidrs: found.boundCidrs }),
    ...(lastRenewal !== undefined && {
      last_renewal: new Date(lastRenewal).toISOString(),
      last_renewal_time: Math.floor(lastRenewal / 1000),
    }),
    ...(others.length > 0 && { identity_policies: others }),
  }
}
