import type { Moved } from '../storage/name-index.ts'
import type { Call, Means } from './call.ts'
import type { Endpoint } from './endpoint.ts'

/** What can be mounted at a path: its endpoints, and the kinds of credential that it leases. */
export interface Engine {
  readonly type: string
  /** Where operators can mount it: as a secrets engine or as an auth method. Nowhere if absent. */
  readonly mountable?: 'mounts' | 'auth'
  /** Its data is scoped to tokens: no other token sees it, and it is deleted with the token. All of its paths require a token. */
  readonly perToken?: true
  /** Its handlers see the whole store, because they administer it. Those of any other engine see only the keys of their own mount. */
  readonly seesWholeStore?: true
  /** The description in the help of a mount. */
  readonly description: string
  readonly endpoints: readonly Endpoint[]
  /** The kinds of credential that it leases, by {@link NewLease.kind}; none if absent. */
  readonly credentials?: Readonly<Record<string, CredentialKind>>
  /**
   * Upgrades data that an older version has stored. Runs in one transaction for each mount whenever a node opens the store, and in the
   * transaction that creates a mount; afterwards {@link MountView.hasRecords} is set. Returns warnings about data that it could not upgrade.
   */
  readonly upgrade?: (call: RevokeCall) => Promise<readonly string[]>
  /** Moves at least `limit` entries with unkeyed names, or all of them; see {@link NameIndex.move}. Runs like `maintain`. */
  readonly moveNames?: (call: RevokeCall, limit: number) => Promise<Moved>
  /** Clears the secrets that it caches in memory, and ends the requests that wait. Called when the server is sealed. */
  readonly forget?: () => void
  /**
   * Periodic work, about once a minute on every node, in one transaction for each mount. Returns whether there is more, for another
   * transaction.
   */
  readonly maintain?: (call: RevokeCall) => Promise<boolean> | Promise<void>
  /**
   * Ends what must not be valid any more after a backup of the storage was restored, besides leases and tokens: it may have been used or
   * revoked since the backup was made. Handles one page for each transaction, beginning after the name `after`, and returns where to
   * continue, or nothing at the end. Idempotent.
   */
  readonly restored?: (call: RevokeCall, after: string) => Promise<string | undefined>
}

/** How leased credentials of one kind are revoked and renewed. `secret` is {@link NewLease.secret}. */
export interface CredentialKind {
  /**
   * Revokes it, in the transaction that deletes its lease. Idempotent. Returns `unproved` if the revocation succeeded but could not be
   * verified.
   */
  revoke(secret: object, call: RevokeCall): Promise<'unproved' | undefined> | Promise<void>
  /** What it is for, such as role, user and host, for whoever it was issued to; nothing if it has ended. It shows no credential. */
  describe?(secret: object, call: Pick<Call, 'tx'>): Promise<object | undefined>
  /** Prepares the renewal of a credential that has an expiry of its own besides that of the lease. Runs in a transaction. */
  renew?(secret: object, call: RevokeCall): Promise<Renewal>
  /** Records that its lease was given up although it may still be valid. From then on it counts as a credential without a lease. */
  giveUp?(secret: object, call: RevokeCall): Promise<void>
}

export type RevokeCall = Pick<Call, 'tx' | 'now' | 'mount' | 'warn'>

/** How a credential is renewed. */
export interface Renewal {
  /** Seconds: the longest lifetime of the credential, counted from its creation. */
  readonly longest: number
  /**
   * Sets its expiry, in milliseconds since 1970. Runs after the transaction is durable and before the lease is renewed.
   * @throws {ApiError} if that failed; the lease then stays as it is
   */
  hostEffect(means: Means, expiresAt: number): Promise<void>
}
