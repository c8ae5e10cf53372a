import type { WrapInfo } from '../../api/reply.ts'
import { saltedHash } from '../../api/salted-hash.ts'
import { WRAPPING_POLICY } from '../../api/wrapping-policy.ts'
import type { Tx } from '../../storage/transact.ts'
import { tokenScope } from '../../token/token-scope.ts'
import { newToken, putToken } from '../../token/tokens.ts'
import { putWrapped } from '../../wrapping/wrapped.ts'
import type { Core } from '../core.ts'
import { tokenMount } from '../token-mount.ts'

/** A response to wrap. */
interface WrappedResponse {
  /** The body as it would be sent. */
  readonly body: object | string
  /** The path of the request that it answers. */
  readonly path: string
  /** Seconds that the wrapping token is valid. */
  readonly ttl: number
  /** Milliseconds since 1970. */
  readonly createdAt: number
}

/** Stores a response, and creates the token with which it can be unwrapped once. Contract §4.7. */
export function wrap(
  { mounts }: Core,
  tx: Tx,
  { body, path, ttl, createdAt }: WrappedResponse,
): WrapInfo {
  const secret = newToken()
  const hash = saltedHash(tokenMount(mounts).salt, secret)
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
  putWrapped(tokenScope(tx, hash), body)
  return {
    token: secret,
    accessor: token.accessor,
    ttl,
    createdAt,
    path,
    wrappedAccessor: accessorIn(body),
  }
}

/** The accessor of the token in a response, else of the AppRole secret id in it, if there is one. */
function accessorIn(body: object | string): string | undefined {
  if (typeof body === 'string') return undefined
  const { auth, data, mount_type: type } = body as ResponseParts
  const accessor = type === 'approle' ? data?.secret_id_accessor : undefined
  return [auth?.accessor, accessor].find(each => typeof each === 'string')
}

/** The parts of a response that {@link accessorIn} reads. */
interface ResponseParts {
  readonly auth?: { readonly accessor?: string } | null
  readonly data?: { readonly secret_id_accessor?: string } | null
  readonly mount_type?: string
}
