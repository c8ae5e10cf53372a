import type { Secret } from '../../shared/secret.ts'
import type { Names, Naming } from '../storage/name-index.ts'
import type { Tx } from '../storage/transact.ts'
import { ApiError } from './errors.ts'
import type { LockoutSettings } from './lockout-settings.ts'
import type { SignedBy } from './request.ts'
import type { Rights } from './rights.ts'

/** The authenticated caller of a request. */
export interface Caller {
  /** Hash under which the token is stored; its leases are indexed by this. */
  readonly token: string
  /** The token itself, for replies that contain it. */
  readonly secret: Secret
  readonly accessor: string
  readonly displayName: string
  /** The token's own policies and those of its entity. */
  readonly policies: readonly string[]
  readonly identityPolicies: readonly string[]
  readonly metadata: Readonly<Record<string, string>> | null
  /** Id of the entity that the token acts for; none for tokens that were not issued by a login. */
  readonly entity: string | undefined
  /** Of a token without one: id of the entity that has made it, or an orphan above it, where that is known. */
  readonly createdBy?: string
  /** Seconds: the lifetime with which the token was created; 0 for no expiry. */
  readonly ttl: number
  /** Milliseconds since 1970. */
  readonly issuedAt: number
  /** Uses that the token has left after this request; absent for a token without a limit. */
  readonly remainingUses: number | undefined
  /** The token is revoked after this request, so no lease may be granted. */
  readonly lastUse: boolean
}

/** What a handler sees of the mount of its engine. */
export interface MountView {
  readonly id: string
  readonly path: string
  readonly type: string
  readonly accessor: string
  /** Random, different for every mount: secrets that clients present to this mount are stored hashed with it. See {@link saltedHash}. */
  readonly salt: string
  /** The engine has upgraded the stored data of the mount, and has recorded which rows must exist. */
  readonly hasRecords: boolean
  /** Where the engine's {@link NameIndex}es store their entries. */
  readonly naming: Naming
  /** Seconds; the system's values where the mount has none. */
  readonly defaultTtl: number
  readonly maxTtl: number
  /** Seconds: the default that an operator has set for the mount, else for the server; 0 if neither is set. */
  readonly setTtl: number
  /** User lockout, where it is set for the mount. */
  readonly lockout?: LockoutSettings
}

/** The context of a handler besides its fields. `tx` sees only the keys of the handler's own mount. */
export interface Call {
  readonly tx: Tx
  readonly now: Date
  readonly mount: MountView
  /** The full path of the request. */
  readonly path: string
  /** Absent on a public endpoint. */
  readonly caller: Caller | undefined
  /** The token that was sent, not authenticated; for public endpoints that accept one. */
  readonly presented?: Secret | undefined
  /** All parameters that were sent, declared or not. */
  readonly sent: Readonly<Record<string, unknown>>
  /** Seconds: the lifetime of the wrapping token, if the client wants the reply wrapped. */
  readonly wrapTtl?: number | undefined
  /** IP address of the client. */
  readonly address: string
  /** The `request_id` of the response: a UUID. */
  readonly requestId: string
  /** The client's own id for the request. */
  readonly correlation?: string | undefined
  /**
   * Renders templates such as `{{identity.entity.name}}` with the entity of the caller. Absent if the caller has no entity.
   * Rejects with {@link Invalid} if a value is missing or contains one of the `forbidden` characters.
   */
  readonly render?: (template: string, forbidden: string) => Promise<string>
  /** The version of the response that the client already has: the header If-None-Match. */
  readonly ifNoneMatch?: string | undefined
  /** Which the answer is to be signed for; for engines that sign. */
  readonly nonce?: string | undefined
  /** The signature of a host, not verified; for engines that know hosts. */
  readonly signedBy?: SignedBy | undefined
  /** Whether the client is still connected, as far as is known. A secret that is shown once must not count as shown to a client that has gone. */
  readonly isHeard?: (() => boolean) | undefined
  /**
   * What the caller may do, or an entity by name or id, for engines that explain. Absent on a public endpoint.
   * Rejects with {@link ApiError} if there is no such entity.
   */
  readonly rightsOf?: ((entity?: string) => Promise<Rights>) | undefined
  /** Logs a warning for the operator. */
  readonly warn?: (sentence: string) => void
  /** The id that a lease returned by this call will have. */
  readonly leaseId: string
}

/** The context of `prepare`, which runs before a handler's transaction and can run short transactions of its own. */
export interface Prelude
  extends Means,
    Pick<Call, 'now' | 'mount' | 'path' | 'caller' | 'address' | 'isHeard'> {}

/** How work outside a handler's transaction reaches the store: in transactions of its own, which see what a {@link Call} of the mount sees. */
export interface Means {
  transact<T>(work: (tx: Tx) => Promise<T>): Promise<T>
}

/** How the names of a mount are stored and looked up. */
export const namesOf = ({ tx, mount: { salt, naming } }: Pick<Call, 'tx' | 'mount'>): Names => ({
  tx,
  key: salt,
  naming,
})

/** The caller, on an endpoint that requires one. @throws {ApiError} denied */
export function callerOf({ caller }: Call): Caller {
  if (!caller) throw new ApiError('denied', 'permission denied')
  return caller
}

/** The lifetime of a credential, in seconds: the requested one, else the mount's default, capped by both maximums. */
export function effectiveTtl(
  mount: MountView,
  { ttl = 0, maxTtl = 0 }: { readonly ttl?: number; readonly maxTtl?: number },
): number {
  const longest = maxTtl > 0 ? Math.min(maxTtl, mount.maxTtl) : mount.maxTtl
  return Math.min(ttl > 0 ? ttl : mount.defaultTtl, longest)
}
