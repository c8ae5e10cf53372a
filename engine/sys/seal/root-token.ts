import type { Secret } from '../../../shared/secret.ts'
import { saltedHash } from '../../api/salted-hash.ts'
import type { Tx } from '../../storage/transact.ts'
import { putToken, type Token } from '../../token/tokens.ts'

/** Stores a root token, which does not expire. */
export function rootToken(
  tx: Tx,
  { salt, now, token }: { readonly salt: string; readonly now: Date; readonly token: Secret },
): Token {
  return putToken(tx, {
    hash: saltedHash(salt, token),
    parent: undefined,
    path: 'auth/token/root',
    displayName: 'root',
    policies: ['root'],
    metadata: null,
    entity: undefined,
    role: undefined,
    boundCidrs: [],
    renewable: false,
    ttl: 0,
    period: 0,
    explicitMaxTtl: 0,
    numUses: 0,
    createdAt: now.getTime(),
    expiresAt: undefined,
  })
}
