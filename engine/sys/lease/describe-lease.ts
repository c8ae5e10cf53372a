import type { Lease } from '../../lease/leases.ts'

const iso = (milliseconds: number) => new Date(milliseconds).toISOString()

/** What is shown of a lease, without the credential. */
export const describeLease = (lease: Lease, now: Date) => ({
  issue_time: iso(lease.issuedAt),
  expire_time: iso(lease.expiresAt),
  last_renewal: lease.lastRenewal === undefined ? null : iso(lease.lastRenewal),
  renewable: lease.renewable,
  ttl: Math.max(0, Math.floor((lease.expiresAt - now.getTime()) / 1000)),
  path: lease.id.slice(0, lease.id.lastIndexOf('/')),
  ...(lease.failure && { revoke_error: lease.failure.reason }),
})
