import { standingOf } from '../../identity/effective-identity.ts'
import { renderTemplate } from '../../identity/template.ts'
import type { Subject } from '../../policy/policies.ts'
import type { Tx } from '../../storage/transact.ts'
import type { Token } from '../../token/tokens.ts'

/** For whom policies count: with what they say of entities filled in. */
export interface Standing extends Subject {
  /** Those of `policies` that are the entity's, and not the token's own. */
  readonly identityPolicies: readonly string[]
  /** Id of the entity, which another may have been merged into since the token was given. */
  readonly entity: string | undefined
}

/**
 * All policies that count for a token: its own, and those of the entity that it acts for.
 * @throws {ApiError} denied, if the entity is gone or disabled
 */
export async function subjectOf(
  tx: Tx,
  { policies, entity: named }: Pick<Token, 'policies' | 'entity'>,
  now: Date,
): Promise<Standing> {
  if (named === undefined) return { policies, identityPolicies: [], entity: undefined }
  const standing = await standingOf(tx, named)
  const { policies: identityPolicies } = standing
  const entity = standing.entity.id
  return {
    policies: [...new Set([...policies, ...identityPolicies])],
    identityPolicies,
    entity,
    render: (text, forbidden) => renderTemplate(tx, { entity, now }, { text, forbidden }),
  }
}
