import type { Secret } from '../../../shared/secret.ts'
import type { Auth } from '../../api/reply.ts'
import type { Token } from '../../token/tokens.ts'

/** A token as the `auth` part of a reply. @param ttl seconds that are left */
export const authOf = (token: Token, clientToken: Secret, ttl: number): Auth => ({
  clientToken,
  accessor: token.accessor,
  policies: token.policies,
  metadata: token.metadata,
  entity: token.entity,
  ttl,
  renewable: token.renewable,
  orphan: token.parent === undefined,
  numUses: token.numUses,
})
