import type { Secret } from '../../shared/secret.ts'
import type { Means } from './call.ts'
import type { ApiError } from './errors.ts'
import type { Event } from './event.ts'
import type { Login } from './login.ts'
import type { Response } from './request.ts'

/** What a handler returns: one kind of response, and its effects. A handler that returns nothing is answered with 204. */
export type Reply = EnvelopeReply | ((BareReply | Refusal) & Effects)

/** A reply that is sent in the envelope, or wrapped. */
export type EnvelopeReply = (DataReply | WrappedReply) & Effects

/** A response in the envelope. Contract §1.3. */
interface DataReply extends Absent<'bare' | 'refusal' | 'wrapped'> {
  readonly data?: object | null
  /** Repeats the keys of `data` at the top level of the body, where old clients expect them. */
  readonly hoisted?: true
  /** A lease to grant to the caller for the credential in `data`. */
  readonly lease?: NewLease
  /** The lease that the envelope shows: an existing one, or the one that was granted. */
  readonly shownLease?: Granted
  /** A successful login: the server creates the token and fills in `auth`. */
  readonly login?: Login
  readonly auth?: Auth
  readonly warnings?: readonly string[]
  /** Headers besides the usual ones. */
  readonly headers?: Readonly<Record<string, string>>
  /**
   * Changes a host after the handler's writes are durable, and returns what to add to the response. If it fails, the request fails,
   * and the lease of the reply is due at once; after {@link Untouched} it is deleted.
   */
  readonly hostEffect?: (
    means: Means,
  ) => Promise<Pick<DataReply, 'data' | 'shownLease' | 'warnings'>>
}

/** A wrapped response: the client gets a wrapping token, and the audit log the response. */
interface WrappedReply extends Omit<DataReply, 'wrapped'> {
  readonly wrapped: WrapInfo
}

/** A response that is sent as it is, without the envelope. */
interface BareReply extends Absent<Exclude<keyof DataReply, 'bare'> | 'refusal'> {
  readonly bare: Response
}

/** A failure that is sent after the handler's writes were committed. */
interface Refusal extends Absent<Exclude<keyof DataReply, 'refusal'> | 'bare'> {
  readonly refusal: ApiError
}

type Absent<K extends PropertyKey> = { readonly [_ in K]?: never }

/** The effects of a reply, in the order in which they happen. */
interface Effects {
  /** Ids of leases whose credentials the handler has ended; they are deleted in the same commit. */
  readonly endsLeases?: readonly string[]
  /** Creates the error if one of `endsLeases`, or its token, had already ended; the credential had then ended too. */
  readonly requiresLiveToken?: () => ApiError
  /** Runs after the handler's writes are durable; the response waits for it. */
  readonly afterCommit?: () => Promise<void>
  /** Runs after the response was recorded in the audit log and before it is sent. */
  readonly beforeSend?: () => Promise<void>
  /** Counted in the metrics. */
  readonly event?: Event
}

/** A lease to grant for the credential in `data`. */
export interface NewLease {
  /** The id of the lease, never used before; {@link Call.leaseId} by default. */
  readonly id?: string
  /** The key of {@link Engine.credentials} for revocation and renewal. */
  readonly kind: string
  /** What these need to know of the credential. */
  readonly secret: object
  /** Seconds, as {@link effectiveTtl} returns them. */
  readonly ttl: number
  readonly renewable: boolean
}

/** A lease as the envelope shows it. */
export interface Granted {
  readonly id: string
  /** Seconds. */
  readonly ttl: number
  readonly renewable: boolean
}

/** The `auth` part of a reply: a token that was created or renewed. */
export interface Auth {
  readonly clientToken: Secret
  readonly accessor: string
  /** The token's own policies. */
  readonly policies: readonly string[]
  /** The policies of the entity and its groups. */
  readonly identityPolicies?: readonly string[]
  readonly metadata: Readonly<Record<string, string>> | null
  /** Id of the entity that the token acts for. */
  readonly entity: string | undefined
  /** Seconds. */
  readonly ttl: number
  readonly renewable: boolean
  readonly orphan: boolean
  readonly numUses: number
}

/** How to unwrap a wrapped response. */
export interface WrapInfo {
  /** Valid for unwrapping once, and for nothing else. */
  readonly token: Secret
  readonly accessor: string
  /** Seconds. */
  readonly ttl: number
  /** Milliseconds since 1970. */
  readonly createdAt: number
  /** The path of the request. */
  readonly path: string
  /** Accessor of the token or secret id in the reply, if there is one. */
  readonly wrappedAccessor: string | undefined
}
