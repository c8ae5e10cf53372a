import type { WrapInfo } from '../api/call.ts'
import type { Tx } from '../storage/transact.ts'
import { newToken, putToken, tokenHash } from '../token/tokens.ts'
import { putWrapped, type Wrapped } from '../wrapping/wrapped.ts'
import type { Core } from './core.ts'
import { tokenMount } from './token-mount.ts'

/** The one policy of the tokens that wrap, which nobody can give to another. */
const POLICY = 'response-wrapping'

/** Keeps a reply back, and makes the token with which it can be had, once. Contract §4.7. */
export function wrap(
  { mounts }: Core,
  tx: Tx,
  { accessor, ...reply }: Wrapped & { readonly accessor?: string | undefined },
): WrapInfo {
  const { ttl, path, createdAt } = reply
  const secret = newToken()
  const hash = tokenHash(tokenMount(mounts).salt, secret)
  const token = putToken(tx, {
    hash,
    parent: undefined,
    path,
    displayName: '',
    policies: [POLICY],
    metadata: null,
    entity: undefined,
    role: undefined,
    boundCidrs: [],
    renewable: false,
    ttl,
    period: 0,
    explicitMaxTtl: ttl,
    numUses: 1,
    createdAt,
    expiresAt: createdAt + ttl * 1000,
  })
  putWrapped(tx, hash, reply)
  return {
    token: secret,
    accessor: token.accessor,
    ttl,
    createdAt,
    path,
    wrappedAccessor: accessor,
  }
}
