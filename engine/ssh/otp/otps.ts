import type { Caller } from '../../api/call.ts'
import { Table } from '../../storage/table.ts'
import type { Tx } from '../../storage/transact.ts'

/** A one-time password, stored under its hash; the password itself is not stored. After its end, the record is its tombstone. */
export interface Otp {
  readonly role: string
  readonly username: string
  /** The address that it was issued for; empty if it was issued for a host. */
  readonly ip: string
  /** The host that it was issued for, which alone may redeem it. */
  readonly host?: string | undefined
  /** The lease that ends when the password is used. */
  readonly lease: string
  /** Milliseconds since 1970. 0 in a tombstone, which no version takes for a password. */
  readonly expiresAt: number
  /** How often it was presented for a login it was not made for. */
  readonly misses: number
  /** Who requested it, and may ask what became of it. Absent if an older version issued it. */
  readonly issuer?: Issuer
  /** The last time that it was presented for another login. */
  readonly refused?: Refused
  /** Only in a tombstone. */
  readonly ended?: Ended
}

interface Issuer {
  /** The caller's {@link Caller.token}. */
  readonly token: string
  readonly entity?: string | undefined
}

/** Who presented a password, and when. */
export interface Presented {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly address: string
  readonly requestId: string
  readonly correlation?: string | undefined
  /** Name of the host, if it had signed the request. */
  readonly host?: string | undefined
}

export interface Refused extends Presented {
  /** What the client was told. */
  readonly reason: string
}

/** The end of a password. */
export interface Ended {
  readonly state: 'used' | 'refused' | 'expired' | 'revoked'
  /** Milliseconds since 1970: its end, when its lease would have ended, and when the tombstone may be deleted. */
  readonly at: number
  readonly expiresAt: number
  readonly keptUntil: number
  /** Who used it. */
  readonly by?: Presented
  /** How often it was presented after it had been used, and the last time, as far as the tombstone has it. */
  readonly replays?: { readonly count: number; readonly last: Presented }
}

/** How often a password may be presented for a login it was not made for, before it is invalid. */
export const MISSES = 5

export const otps = new Table<Otp>('otp/', { cached: 'written' })

/** Characters of the hash that are the last part of the lease id. By them a password is found from its lease. */
const IN_LEASE = 24

/** The lease id of a password that is requested at `path`. */
export const leaseIdFor = (path: string, id: string): string => `${path}/${id.slice(0, IN_LEASE)}`

/** A password that was found by its lease, with its hash. */
export interface Found {
  readonly id: string
  readonly otp: Otp
}

/** The password of a lease, or its tombstone. Nothing for a lease that a version without tombstones granted. */
export async function findByLease(tx: Tx, lease: string): Promise<Found | undefined> {
  const part = lease.slice(lease.lastIndexOf('/') + 1)
  if (part.length !== IN_LEASE) return undefined
  const [id] = await otps.list(tx, '', { after: part, limit: 1 })
  if (!id?.startsWith(part)) return undefined
  const otp = await otps.get(tx, id)
  return otp?.lease === lease ? { id, otp } : undefined
}

/** The login that a password was issued for. */
export const loginOf = ({ role, username, ip, host }: Otp) => ({
  ...{ role, username, ip },
  ...(host !== undefined && { host }),
})

/** Whether the password was issued to this caller: to its token, or to its entity. */
export const isIssuedTo = (
  { issuer }: Otp,
  caller: Pick<Caller, 'token' | 'entity'> | undefined,
): boolean =>
  issuer !== undefined &&
  caller !== undefined &&
  (issuer.token === caller.token ||
    (issuer.entity !== undefined && issuer.entity === caller.entity))
