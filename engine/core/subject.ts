import { standingOf } from '../identity/standing.ts'
import { renderTemplate } from '../identity/template.ts'
import type { Subject } from '../policy/policies.ts'
import type { Tx } from '../storage/transact.ts'
import type { Token } from '../token/tokens.ts'

/** For whom policies count: with what they say of entities filled in. */
export interface Standing extends Subject {
  /** Those of `policies` that are the entity's, and not the token's own. */
  readonly identityPolicies: readonly string[]
}

/**
 * All policies that count for a token: its own, and those of the entity that it acts for.
 * @throws {ApiError} denied, if the entity is gone or disabled
 */
export async function subjectOf(
  tx: Tx,
  { policies, entity }: Pick<Token, 'policies' | 'entity'>,
  now: Date,
): Promise<Standing> {
  if (entity === undefined) return { policies, identityPolicies: [] }
  const { policies: identityPolicies } = await standingOf(tx, entity)
  return {
    policies: [...new Set([...policies, ...identityPolicies])],
    identityPolicies,
    render: (text, forbidden) => renderTemplate(tx, { entity, now }, { text, forbidden }),
  }
}
