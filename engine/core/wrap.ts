import type { WrapInfo } from '../api/call.ts'
import type { Tx } from '../storage/transact.ts'
import { ownOf } from '../token/own.ts'
import { newToken, putToken, tokenHash } from '../token/tokens.ts'
import { putWrapped, WRAPPING_POLICY } from '../wrapping/wrapped.ts'
import type { Core } from './core.ts'
import { tokenMount } from './token-mount.ts'

/** A reply that is to be kept back. */
interface Kept {
  /** As it would be sent. */
  readonly body: object | string
  /** The path of the request that it answers. */
  readonly path: string
  /** Seconds that it is kept for. */
  readonly ttl: number
  /** Milliseconds since 1970. */
  readonly createdAt: number
  /** Of the token in it, if there is one. */
  readonly accessor: string | undefined
}

/** Keeps a reply back, and makes the token with which it can be had, once. Contract §4.7. */
export function wrap(
  { mounts }: Core,
  tx: Tx,
  { body, path, ttl, createdAt, accessor }: Kept,
): WrapInfo {
  const secret = newToken()
  const hash = tokenHash(tokenMount(mounts).salt, secret)
  const token = putToken(tx, {
    hash,
    parent: undefined,
    path,
    displayName: '',
    policies: [WRAPPING_POLICY],
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
  putWrapped(ownOf(tx, hash), body)
  return {
    token: secret,
    accessor: token.accessor,
    ttl,
    createdAt,
    path,
    wrappedAccessor: accessor,
  }
}
