import { effectiveIdentity } from '../../identity/effective-identity.ts'
import { renderTemplate } from '../../identity/template.ts'
import type { Subject } from '../../policy/policies.ts'
import type { Tx } from '../../storage/transact.ts'
import type { Token } from '../../token/tokens.ts'

/** The policies that apply to a caller, and how their templates are rendered. */
export interface EffectivePolicies extends Subject {
  /** Those of `policies` that come from the entity and not from the token. */
  readonly identityPolicies: readonly string[]
  /** Id of the entity. The token's entity may have been merged into it since the token was issued. */
  readonly entity: string | undefined
}

/**
 * All policies that apply to a token: its own, and those of the entity that it acts for.
 * @throws {ApiError} denied, if the entity is deleted or disabled
 */
export async function effectivePolicies(
  tx: Tx,
  { policies, entity: named }: Pick<Token, 'policies' | 'entity'>,
  now: Date,
): Promise<EffectivePolicies> {
  if (named === undefined) return { policies, identityPolicies: [], entity: undefined }
  const standing = await effectiveIdentity(tx, named)
  const { policies: identityPolicies } = standing
  const entity = standing.entity.id
  return {
    policies: [...new Set([...policies, ...identityPolicies])],
    identityPolicies,
    entity,
    render: (text, forbidden) => renderTemplate(tx, { entity, now }, { text, forbidden }),
  }
}
