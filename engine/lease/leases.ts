import type { MountView } from '../api/call.ts'
import { ApiError } from '../api/errors.ts'
import type { NewLease } from '../api/reply.ts'
import { DueIndex } from '../storage/due-index.ts'
import type { Page } from '../storage/store.ts'
import { Table } from '../storage/table.ts'
import type { Tx } from '../storage/transact.ts'

/** The lifetime of a credential. Times are milliseconds since 1970. */
export interface Lease {
  /** `<path of the request>/<random>`. */
  readonly id: string
  /** Id of the mount that issued the credential and must revoke it. */
  readonly mount: string
  readonly kind: string
  readonly secret: object
  /** Hash of the token to which it was granted; the lease is revoked with the token. */
  readonly token: string
  /** Id of the entity for which that token acted; absent for a token without one, and in leases of older versions. */
  readonly entity?: string
  readonly renewable: boolean
  /** Seconds for which it was granted. */
  readonly ttl: number
  readonly issuedAt: number
  readonly expiresAt: number
  readonly lastRenewal: number | undefined
  /** When housekeeping revokes it: at its expiry, or later after a failed revocation; absent if it is irrevocable. */
  readonly dueAt: number | undefined
  /** The failed revocations, if there are any. */
  readonly failure: Failure | undefined
}

/** Failed revocations of a lease. */
export interface Failure {
  readonly count: number
  /** Time of the first failure. */
  readonly since: number
  /** Error message of the last failure, for operators. */
  readonly reason: string
}

/** A lease that is granted. */
interface Granting {
  readonly id: string
  readonly mount: MountView
  /** Hash of the token, and the entity for which it acts. */
  readonly token: string
  readonly entity?: string | undefined
  readonly now: Date
}

/** A requested renewal, in seconds: `ttl` is counted from now, `longest` from the issue of the lease. */
interface RenewalWish {
  readonly ttl: number
  readonly longest: number
  readonly now: Date
}

const leases = new Table<Lease>('lease/id/', { cached: 'written' })
const byToken = new Table<{ readonly id: string }>('lease/token/')
const irrevocable = new Table<{ readonly id: string }>('lease/irrevocable/')
const failing = new Table<{ readonly id: string }>('lease/failing/')
const due = new DueIndex('lease/due/')

/** Stores a lease. Must be in the transaction that stores the credential, so that neither exists without the other. */
export function grant(
  tx: Tx,
  { id, mount, token, entity, now }: Granting,
  { kind, secret, ttl, renewable }: NewLease,
): Lease {
  const expiresAt = now.getTime() + ttl * 1000
  const lease: Lease = {
    id,
    mount: mount.id,
    kind,
    secret,
    token,
    ...(entity !== undefined && { entity }),
    renewable,
    ttl,
    issuedAt: now.getTime(),
    expiresAt,
    lastRenewal: undefined,
    dueAt: expiresAt,
    failure: undefined,
  }
  leases.put(tx, id, lease)
  byToken.put(tx, tokenKey(lease), { id })
  due.put(tx, expiresAt, id)
  return lease
}

/** The lease, if it exists. */
export const findLease = (tx: Tx, id: string): Promise<Lease | undefined> => leases.get(tx, id)

/**
 * Extends a lease to `ttl` seconds from now, but not beyond `longest` seconds from its issue.
 * @throws {ApiError} invalid, with the messages of contract §4.5
 */
export function renew(tx: Tx, lease: Lease | undefined, wish: RenewalWish): Lease {
  const renewed = renewal(lease, wish)
  // renewal() has checked that there is one
  return move(tx, lease as Lease, renewed)
}

/** The lease as {@link renew} would store it. @throws {ApiError} as it does */
export function renewal(lease: Lease | undefined, { ttl, longest, now }: RenewalWish): Lease {
  if (!lease) throw new ApiError('invalid', 'lease not found')
  if (lease.failure)
    throw new ApiError('invalid', 'lease is expired and has failed previous revocation attempts')
  if (lease.expiresAt <= now.getTime()) throw new ApiError('invalid', 'lease expired')
  if (!lease.renewable) throw new ApiError('invalid', 'lease is not renewable')
  const last = lease.issuedAt + longest * 1000
  if (last <= now.getTime()) throw new ApiError('invalid', 'past the max TTL, cannot renew')
  const expiresAt = Math.min(now.getTime() + ttl * 1000, last)
  const renewed = { ...lease, expiresAt, ttl: seconds(expiresAt - now.getTime()) }
  return { ...renewed, lastRenewal: now.getTime(), dueAt: expiresAt }
}

/** Makes a lease due now, so that housekeeping revokes it. */
export const hasten = (tx: Tx, lease: Lease, now: Date): Lease =>
  move(tx, lease, { ...lease, expiresAt: now.getTime(), dueAt: now.getTime() })

/** Records a failed revocation, and makes the lease due again at `at`; undefined makes it irrevocable. */
export function postpone(tx: Tx, lease: Lease, failure: Failure, at: number | undefined): Lease {
  const [name, entry] = [encodeURIComponent(lease.id), { id: lease.id }]
  failing.put(tx, name, entry)
  if (at === undefined) {
    failing.delete(tx, name)
    irrevocable.put(tx, name, entry)
  }
  return move(tx, lease, { ...lease, failure, dueAt: at })
}

/** Deletes a lease. Its credential must be revoked in the same transaction, or be given up. */
export function drop(tx: Tx, lease: Lease): void {
  leases.delete(tx, lease.id)
  byToken.delete(tx, tokenKey(lease))
  if (lease.failure) failing.delete(tx, encodeURIComponent(lease.id))
  if (lease.dueAt === undefined) irrevocable.delete(tx, encodeURIComponent(lease.id))
  else due.delete(tx, lease.dueAt, lease.id)
}

/** A page of the ids of the leases of a token. */
export async function leasesOfToken(tx: Tx, token: string, page: Page): Promise<readonly string[]> {
  const names = await byToken.list(tx, `${token}/`, page)
  return names.map(decodeURIComponent)
}

/** One level of the lease ids under `prefix`, which is empty or ends in `/`. */
export const leasesUnder = (tx: Tx, prefix: string, page?: Page): Promise<readonly string[]> =>
  leases.list(tx, prefix, page)

/** Ids of the leases that could not be revoked: `failing` if they are still retried, else `irrevocable`. */
export async function stuckLeases(
  tx: Tx,
  type: 'failing' | 'irrevocable',
  page?: Page,
): Promise<readonly string[]> {
  const names = await { failing, irrevocable }[type].list(tx, '', page)
  return names.map(decodeURIComponent)
}

/** At most `limit` ids of leases that are due. */
export const overdueLeases = (
  tx: Tx,
  wish: Pick<Parameters<DueIndex['overdue']>[1], 'now' | 'limit' | 'stray' | 'damaged'>,
): Promise<readonly string[]> =>
  due.overdue(tx, {
    ...wish,
    dueAt: async id => [(await leases.get(tx, id))?.dueAt],
  })

/** Restores the index entry of a lease that is missing from the index of expiries. Returns whether it was. */
export async function putBackDue(tx: Tx, id: string): Promise<boolean> {
  const lease = await leases.get(tx, id)
  if (lease?.dueAt === undefined || (await due.has(tx, lease.dueAt, id))) return false
  due.put(tx, lease.dueAt, id)
  return true
}

function move(tx: Tx, from: Lease, to: Lease): Lease {
  if (from.dueAt !== undefined) due.delete(tx, from.dueAt, from.id)
  if (to.dueAt !== undefined) due.put(tx, to.dueAt, to.id)
  leases.put(tx, to.id, to)
  return to
}

const tokenKey = ({ token, id }: Lease) => `${token}/${encodeURIComponent(id)}`

const seconds = (milliseconds: number) => Math.round(milliseconds / 1000)
