import type { Secret } from '../../shared/secret.ts'
import type { Means } from './call.ts'
import type { ApiError } from './errors.ts'
import type { Event } from './event.ts'
import type { Login } from './login.ts'
import type { Response } from './request.ts'

/** What a handler returns: one answer, and the effects that belong to it. A handler that returns nothing is answered with 204. */
export type Reply = EnvelopeReply | ((BareReply | Refusal) & Effects)

/** A reply that is answered in the envelope, or kept back. */
export type EnvelopeReply = (DataReply | WrappedReply) & Effects

/** An answer in the envelope. Contract §1.3. */
interface DataReply extends Absent<'bare' | 'refusal' | 'wrapped'> {
  readonly data?: object | null
  /** Every key of `data` stands at the top of the body too, where old clients look for it. */
  readonly hoisted?: true
  /** A lease to be granted to the caller, on the credential in `data`. */
  readonly lease?: NewLease
  /** The lease that the envelope shows: one that exists, or the one that has been granted. */
  readonly shownLease?: Granted
  /** A login that succeeded: the server creates the token and fills in `auth`. */
  readonly login?: Login
  readonly auth?: Auth
  readonly warnings?: readonly string[]
  /**
   * Does what the reply needs on a host, once the handler's writes are durable, and returns what the answer says besides. If it fails, so
   * does the request, and a lease of the reply is due at once; with {@link Untouched} it is deleted.
   */
  readonly hostEffect?: (
    means: Means,
  ) => Promise<Pick<DataReply, 'data' | 'shownLease' | 'warnings'>>
}

/** An answer that is kept back: the client gets a wrapping token, and the audit log the answer. */
interface WrappedReply extends Omit<DataReply, 'wrapped'> {
  readonly wrapped: WrapInfo
}

/** An answer that is sent as it is, in place of the envelope. */
interface BareReply extends Absent<Exclude<keyof DataReply, 'bare'> | 'refusal'> {
  readonly bare: Response
}

/** A failure that is answered after what the handler wrote has been committed. */
interface Refusal extends Absent<Exclude<keyof DataReply, 'refusal'> | 'bare'> {
  readonly refusal: ApiError
}

type Absent<K extends PropertyKey> = { readonly [_ in K]?: never }

/** What is done besides answering, in the order in which it is done. */
interface Effects {
  /** Ids of leases whose credentials the handler has ended; they are deleted in the same commit. */
  readonly endsLeases?: readonly string[]
  /** Makes what is thrown if one of `endsLeases`, or the token that it belongs to, has ended otherwise: then the credential had ended, too. */
  readonly requiresLiveToken?: () => ApiError
  /** Runs once the handler's writes are durable; the answer waits for it. */
  readonly afterCommit?: () => Promise<void>
  /** Runs after the answer has been recorded in the audit log and before it is sent. */
  readonly beforeSend?: () => Promise<void>
  /** Counted in the metrics. */
  readonly event?: Event
}

/** Makes `data` a credential that ends. */
export interface NewLease {
  /** Which of the engine's `revoke` functions ends it. */
  readonly kind: string
  /** What that function will need to know. */
  readonly secret: object
  /** Seconds, as {@link effectiveTtl} gives them. */
  readonly ttl: number
  readonly renewable: boolean
}

/** A lease as the envelope of a reply shows it. */
export interface Granted {
  readonly id: string
  /** Seconds. */
  readonly ttl: number
  readonly renewable: boolean
}

/** The `auth` part of a reply: a token that was made or renewed. */
export interface Auth {
  readonly clientToken: Secret
  readonly accessor: string
  /** The token's own. */
  readonly policies: readonly string[]
  /** Those of the entity and its groups. */
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

/** How to get a reply that is kept back. */
export interface WrapInfo {
  /** Good for one unwrapping, and for nothing else. */
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
