import type { Moved } from '../storage/name-index.ts'
import type { Call, Means } from './call.ts'
import type { Endpoint } from './endpoint.ts'

/** A kind of thing that can be mounted: the paths it serves, and the kinds of credential that it leases. */
export interface Engine {
  readonly type: string
  /** Where people may mount it: among secrets engines, or among auth methods. Nowhere when absent. */
  readonly mountable?: 'mounts' | 'auth'
  /** What it stores is each token's own: no other token sees it, and it goes with the token. All of its paths need one. */
  readonly perToken?: true
  /** Its handlers are given the whole store, because it administers it; those of every other engine see the keys of their own mount. */
  readonly seesWholeStore?: true
  /** One paragraph for the help of a whole mount. */
  readonly description: string
  readonly endpoints: readonly Endpoint[]
  /** The kinds of credential that it leases, by the name that {@link NewLease.kind} says; none when left out. */
  readonly credentials?: Readonly<Record<string, CredentialKind>>
  /**
   * Brings what an older version has stored into the form of this one, in a transaction for each mount, whenever a node opens the store, and
   * in the one that makes a mount. From then on {@link MountView.hasRecords} says that it has.
   * Gives sentences for the operator about what it had to leave as it is.
   */
  readonly upgrade?: (call: RevokeCall) => Promise<readonly string[]>
  /** Moves at least so many entries that stand under names without a key, or all of them; see {@link NameIndex.move}. Runs as `maintain` does. */
  readonly moveNames?: (call: RevokeCall, limit: number) => Promise<Moved>
  /** What is to be done now and then, about once a minute on every node, in a transaction of its own for each mount. */
  readonly maintain?: (call: RevokeCall) => Promise<void>
  /**
   * Ends some of what must not be used again after an older copy of the storage has been put back, besides leases and tokens: it may have
   * been used or taken back since the copy was made. Runs in one transaction after another, each of which is told where the one before ended,
   * until none is given; may be run again after that.
   */
  readonly restored?: (call: RevokeCall, after: string) => Promise<string | undefined>
}

/** How a leased credential of one kind is ended and renewed. `secret` is what {@link NewLease.secret} says of it. */
export interface CredentialKind {
  /**
   * Ends it, in the transaction that deletes its lease. Ending what has already ended is no error. Answers `unproved` where it has done
   * what it could, and cannot see whether that was enough.
   */
  revoke(secret: object, call: RevokeCall): Promise<'unproved' | undefined> | Promise<void>
  /** What to do besides moving the end of the lease, for credentials that know their own end. Runs in a transaction. */
  renew?(secret: object, call: RevokeCall): Promise<Renewal>
  /** Records that it may still be valid although its lease is given up, so that it counts as one without a lease. */
  giveUp?(secret: object, call: RevokeCall): Promise<void>
}

export type RevokeCall = Pick<Call, 'tx' | 'now' | 'mount' | 'warn'>

/** How the end of a credential is moved. */
export interface Renewal {
  /** Seconds that the credential may live, from its beginning. */
  readonly longest: number
  /**
   * Moves it, to so many milliseconds since 1970. Runs once the transaction is durable, and before the lease is moved.
   * @throws {ApiError} if it could not be done; then the lease stays as it is
   */
  hostEffect(means: Means, expiresAt: number): Promise<void>
}
