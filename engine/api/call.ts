import type { Secret } from '../../shared/secret.ts'
import type { Names, Naming } from '../storage/name-index.ts'
import type { Tx } from '../storage/transact.ts'
import { ApiError } from './errors.ts'
import type { LockoutSettings } from './lockout-settings.ts'

/** Who is asking, once their token has been believed. */
export interface Caller {
  /** Hash under which the token is stored; what it is given is indexed by this. */
  readonly token: string
  /** The token itself, for the replies that must name it. */
  readonly secret: Secret
  readonly accessor: string
  readonly displayName: string
  /** All that count: the token's own, and those of the entity it acts for. */
  readonly policies: readonly string[]
  readonly identityPolicies: readonly string[]
  readonly metadata: Readonly<Record<string, string>> | null
  /** Id of the entity that the token acts for; none if nobody logged in for it. */
  readonly entity: string | undefined
  /** Seconds the token was made for; 0 for ever. */
  readonly ttl: number
  /** Milliseconds since 1970. */
  readonly issuedAt: number
  /** Requests the token is good for after this one, where they are counted. */
  readonly remainingUses: number | undefined
  /** The token dies with this request, so nothing leased may be handed out. */
  readonly lastUse: boolean
}

/** What a handler may know of the place its engine is mounted at. */
export interface MountView {
  readonly id: string
  readonly path: string
  readonly type: string
  readonly accessor: string
  /** Random, its own for every mount: what is presented to this mount is stored hashed with it. */
  readonly salt: string
  /** The engine has brought what is stored into its form, and written down what it must find again. */
  readonly hasRecords: boolean
  /** Where the engine's {@link NameIndex}es have their entries. */
  readonly naming: Naming
  /** Seconds, with the system's values where the mount has none. */
  readonly defaultTtl: number
  readonly maxTtl: number
  /** Seconds: the default that an operator has set for the mount, or else for the server; 0 where nobody has. */
  readonly setTtl: number
  /** When names are locked, where the mount says so. */
  readonly lockout?: LockoutSettings
}

/** What a handler is given besides its fields. `tx` sees only the keys of the handler's own mount. */
export interface Call {
  readonly tx: Tx
  readonly now: Date
  readonly mount: MountView
  /** The whole path that was asked for. */
  readonly path: string
  /** Absent on a public endpoint. */
  readonly caller: Caller | undefined
  /** The token that was sent, believed or not, for the public endpoints that take one. */
  readonly presented?: Secret | undefined
  /** All that was sent besides the path, declared or not. */
  readonly sent: Readonly<Record<string, unknown>>
  /** Seconds for which the reply is asked to be wrapped. */
  readonly wrapTtl?: number | undefined
  /** Where the request comes from: an IP address. */
  readonly address: string
  /**
   * Fills in a text with templates such as `{{identity.entity.name}}` from the entity of the caller. Absent if there is none.
   * Rejects with {@link Invalid} if that cannot be done, or a value has one of the `forbidden` characters.
   */
  readonly render?: (template: string, forbidden: string) => Promise<string>
  /** The version of the answer that the client has already: the header If-None-Match. */
  readonly ifNoneMatch?: string | undefined
  /** Whether the client still waits for the answer, as far as can be told. What is shown once must not count for one that has gone. */
  readonly isHeard?: (() => boolean) | undefined
  /** Logs a sentence for the operator. */
  readonly warn?: (sentence: string) => void
  /** The id that a lease returned by this call will have. */
  readonly leaseId: string
}

/** What is made before a handler's transaction is given this: the circumstances of the request, and the means for short transactions of its own. */
export interface Prelude
  extends Means,
    Pick<Call, 'now' | 'mount' | 'path' | 'caller' | 'address'> {}

/** What an effect outside the store can do with the store: transactions of its own, which see what a {@link Call} of the mount sees. */
export interface Means {
  transact<T>(work: (tx: Tx) => Promise<T>): Promise<T>
}

/** Where the names of a mount are written and looked for. */
export const namesOf = ({ tx, mount: { salt, naming } }: Pick<Call, 'tx' | 'mount'>): Names => ({
  tx,
  key: salt,
  naming,
})

/** The caller, on an endpoint that needs one. @throws {ApiError} denied */
export function callerOf({ caller }: Call): Caller {
  if (!caller) throw new ApiError('denied', 'permission denied')
  return caller
}

/** Seconds that a credential may live: what was asked for, or else the mount's default, and never more than either maximum. */
export function effectiveTtl(
  mount: MountView,
  { ttl = 0, maxTtl = 0 }: { readonly ttl?: number; readonly maxTtl?: number },
): number {
  const longest = maxTtl > 0 ? Math.min(maxTtl, mount.maxTtl) : mount.maxTtl
  return Math.min(ttl > 0 ? ttl : mount.defaultTtl, longest)
}
