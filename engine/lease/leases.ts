import type { MountView, NewLease } from '../api/call.ts'
import { ApiError } from '../api/errors.ts'
import { Due } from '../storage/due.ts'
import { Table } from '../storage/table.ts'
import type { Tx } from '../storage/transact.ts'

/** The promise that a credential ends. Times are milliseconds since 1970. */
export interface Lease {
  /** `<path of the request>/<random>`. */
  readonly id: string
  /** Id of the mount that made the credential and must end it. */
  readonly mount: string
  readonly kind: string
  readonly secret: object
  /** Hash of the token that asked for it; with the token goes the lease. */
  readonly token: string
  readonly renewable: boolean
  /** Seconds it was granted for. */
  readonly ttl: number
  readonly issuedAt: number
  readonly expiresAt: number
  readonly lastRenewal: number | undefined
  /** When the expiry loop looks at it: its end, or later after a revocation that failed. */
  readonly dueAt: number
  /** Revocations that have failed. */
  readonly failures: number
}

const leases = new Table<Lease>('lease/id/')
const byToken = new Table<{ readonly id: string }>('lease/token/')
const due = new Due('lease/due/')

/** Writes the lease in the transaction that writes the credential, so that neither exists without the other. */
export function grant(
  tx: Tx,
  { id, mount, token, now }: { id: string; mount: MountView; token: string; now: Date },
  { kind, secret, ttl, renewable }: NewLease,
): Lease {
  const expiresAt = now.getTime() + ttl * 1000
  const lease: Lease = {
    id,
    mount: mount.id,
    kind,
    secret,
    token,
    renewable,
    ttl,
    issuedAt: now.getTime(),
    expiresAt,
    lastRenewal: undefined,
    dueAt: expiresAt,
    failures: 0,
  }
  leases.put(tx, id, lease)
  byToken.put(tx, tokenKey(lease), { id })
  due.put(tx, lease.dueAt, id)
  return lease
}

/** The lease, if it has not ended. */
export const findLease = (tx: Tx, id: string): Promise<Lease | undefined> => leases.get(tx, id)

/**
 * Moves the end of a lease to `ttl` seconds from now, or as far as `longest` seconds from its beginning allow.
 * @throws {ApiError} invalid, in the words of the contract §4.5
 */
export function renew(
  tx: Tx,
  lease: Lease | undefined,
  { ttl, longest, now }: { ttl: number; longest: number; now: Date },
): Lease {
  if (!lease) throw new ApiError('invalid', 'lease not found')
  if (lease.expiresAt <= now.getTime()) throw new ApiError('invalid', 'lease expired')
  if (!lease.renewable) throw new ApiError('invalid', 'lease is not renewable')
  const last = lease.issuedAt + longest * 1000
  if (last <= now.getTime()) throw new ApiError('invalid', 'past the max TTL, cannot renew')
  const expiresAt = Math.min(now.getTime() + ttl * 1000, last)
  const renewed = { ...lease, expiresAt, ttl: seconds(expiresAt - now.getTime()) }
  return move(tx, lease, { ...renewed, lastRenewal: now.getTime(), dueAt: expiresAt })
}

/** Has the expiry loop try again at `at`, milliseconds since 1970, after a revocation that failed. */
export const postpone = (tx: Tx, lease: Lease, at: number): Lease =>
  move(tx, lease, { ...lease, dueAt: at, failures: lease.failures + 1 })

/** Forgets the lease; its credential must have been ended in the same transaction. */
export function drop(tx: Tx, lease: Lease): void {
  leases.delete(tx, lease.id)
  byToken.delete(tx, tokenKey(lease))
  due.delete(tx, lease.dueAt, lease.id)
}

/** Ids of the leases that the token has been given. */
export async function leasesOfToken(tx: Tx, token: string): Promise<readonly string[]> {
  const names = await byToken.list(tx, `${token}/`)
  return names.map(decodeURIComponent)
}

/** One level of the lease ids under `prefix`, which is empty or ends in `/`. */
export const leasesUnder = (tx: Tx, prefix: string): Promise<readonly string[]> =>
  leases.list(tx, prefix)

/** All lease ids under `prefix`, which is empty or ends in `/`. */
export async function allLeasesUnder(tx: Tx, prefix: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const name of await leases.list(tx, prefix)) {
    if (name.endsWith('/')) found.push(...(await allLeasesUnder(tx, prefix + name)))
    else found.push(prefix + name)
  }
  return found
}

/** At most `limit` ids of leases whose time has come. */
export const overdueLeases = (tx: Tx, now: Date, limit: number): Promise<readonly string[]> =>
  due.overdue(tx, now, limit)

function move(tx: Tx, from: Lease, to: Lease): Lease {
  due.delete(tx, from.dueAt, from.id)
  due.put(tx, to.dueAt, to.id)
  leases.put(tx, to.id, to)
  return to
}

const tokenKey = ({ token, id }: Lease) => `${token}/${encodeURIComponent(id)}`

const seconds = (milliseconds: number) => Math.round(milliseconds / 1000)
