import { counted } from '../../../shared/counted.ts'
import { boolean, duration, longRest, string } from '../../../shared/field.ts'
import type { Call } from '../../api/call.ts'
import { type AccessCheck, endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import type { Granted, Reply } from '../../api/reply.ts'
import { requireAny } from '../../api/require-found.ts'
import { forceRevoke, revokeLease } from '../../core/background/revoke.ts'
import { revokePrefix } from '../../core/background/revoke-prefix.ts'
import type { Core } from '../../core/core.ts'
import { meansOf } from '../../core/request/host-effect.ts'
import { findLiveLease } from '../../core/request/require-live.ts'
import { findLease, leasesUnder, renew, renewal } from '../../lease/leases.ts'
import { transact } from '../../storage/transact.ts'
import { ttlWarning } from '../token/ttl-warning.ts'
import { describeLease } from './describe-lease.ts'

const inBody = string({ default: '', required: true, description: 'Id of the lease.' })
const inPath = longRest({ default: '', description: 'Id of the lease.' })
const prefix = longRest({
  default: '',
  description: 'Prefix of lease ids, for example "ssh/creds".',
})
const sync = boolean({
  default: true,
  description: 'Accepted for compatibility: the response is always sent after the revocation.',
})
const increment = duration({
  default: 0,
  description:
    'Requested remaining lifetime, counted from now. Defaults to the lifetime with which the lease was granted.',
})

const renewing = {
  summary: 'Renews a lease.',
  description: 'Extends a renewable lease, up to the maximum TTL of its mount.',
} as const

const revoking = {
  isOwner: isOwnLease,
  summary: 'Revokes a lease.',
  description:
    'Revokes the credential at once. Revoking a lease that does not exist succeeds. A token can revoke its own leases without a policy, unless a policy denies it.',
} as const

/** `sys/leases`, and the older names of its paths. Contract §4.5. */
export const leases = (core: Core) => [
  endpoint({
    path: 'leases/lookup',
    summary: 'Shows a lease.',
    description: 'Returns when the lease was issued and when it expires, but not the credential.',
    fields: { lease_id: inBody },
    operations: {
      update: function lookUpLease({ lease_id: id }, call) {
        return show(id, call)
      },
    },
  }),
  endpoint({
    path: 'leases/lookup/:prefix',
    sudo: true,
    summary: 'Lists leases.',
    description:
      'Returns one level of the lease ids below a prefix, or the mounts that have leases if no prefix is given.',
    fields: { prefix },
    operations: {
      list: async function listLeases({ prefix: path }, { tx }) {
        const keys = requireAny(await leasesUnder(tx, folder(path)))
        return { data: { keys } }
      },
    },
  }),
  ...['leases/renew', 'renew'].flatMap(path => [
    endpoint({
      ...renewing,
      path,
      fields: { lease_id: inBody, increment },
      operations: {
        update: function renewLeaseFromBody(given, call) {
          return renewLease(core, given, call)
        },
      },
    }),
    endpoint({
      ...renewing,
      path: `${path}/:lease_id` as const,
      fields: { lease_id: inPath, increment },
      operations: {
        update: function renewLeaseInPath(given, call) {
          return renewLease(core, given, call)
        },
      },
    }),
  ]),
  ...['leases/revoke', 'revoke'].flatMap(path => [
    endpoint({
      ...revoking,
      path,
      fields: { lease_id: inBody, sync },
      operations: {
        update: async function revokeLeaseFromBody({ lease_id: id }) {
          return revoke(core, id)
        },
      },
    }),
    endpoint({
      ...revoking,
      path: `${path}/:lease_id` as const,
      fields: { lease_id: inPath, sync },
      operations: {
        update: async function revokeLeaseInPath({ lease_id: id }) {
          return revoke(core, id)
        },
      },
    }),
  ]),
  ...['leases/revoke-prefix', 'revoke-prefix'].map(path =>
    endpoint({
      path: `${path}/:prefix` as const,
      sudo: true,
      summary: 'Revokes all leases below a path.',
      description:
        'Revokes every lease whose id begins with the prefix, including those that a mount issued before it was moved there, and for prefixes below auth/ the tokens of logins. Leases that cannot be revoked now are retried later, and make the request fail.',
      fields: { prefix, sync },
      operations: {
        update: async function revokeLeasesBelow({ prefix: below }) {
          return { afterCommit: () => revokeBelow(core, below) }
        },
      },
    }),
  ),
  ...['leases/revoke-force', 'revoke-force'].map(path =>
    endpoint({
      path: `${path}/:prefix` as const,
      sudo: true,
      summary: 'Deletes all leases below a path, even if their credentials cannot be revoked.',
      description:
        'Use this for hosts that no longer exist. A credential that could not be revoked may still be valid on its host.',
      fields: { prefix },
      operations: {
        update: async function forceRevokePrefix({ prefix: below }) {
          return { afterCommit: () => giveUpBelow(core, below) }
        },
      },
    }),
  ),
]

/** A caller can revoke its own lease, and also one that has already ended: redeeming a password ends its lease. */
async function isOwnLease(
  ...[{ lease_id: id }, { tx, caller }]: Parameters<AccessCheck>
): Promise<boolean> {
  if (typeof id !== 'string' || id === '' || caller === undefined) return false
  const lease = await findLease(tx, id)
  // revoking a lease that does not exist does nothing and reveals nothing
  return lease === undefined || lease.token === caller.token
}

function requireId(id: string): void {
  if (id === '') throw new ApiError('invalid', 'lease_id must be specified')
}

const folder = (path: string) => (path === '' || path.endsWith('/') ? path : `${path}/`)

async function show(id: string, { tx, now }: Call): Promise<Reply> {
  requireId(id)
  const lease = await findLease(tx, id)
  if (!lease) throw new ApiError('invalid', 'invalid lease')
  return { data: { id, ...describeLease(lease, now) } }
}

async function renewLease(
  core: Core,
  { lease_id: id, increment: wanted }: { lease_id: string; increment: number },
  { tx, now }: Call,
): Promise<Reply> {
  requireId(id)
  const { mounts } = core
  const lease = await findLiveLease(core, tx, id)
  const mount = lease && (await mounts.read(tx, lease.mount))
  const view = mount && mounts.view(mount)
  const prepare = mount && mounts.engineOf(mount)?.credentials?.[lease.kind]?.renew
  const outside =
    view && (await prepare?.(lease.secret, { tx: mounts.scope(tx, mount), now, mount: view }))
  const longest = Math.min(view?.maxTtl ?? 0, outside?.longest ?? Number.POSITIVE_INFINITY)
  const wish = { ttl: wanted || lease?.ttl || 0, longest, now }
  if (!mount || !outside) return renewed(renew(tx, lease, wish), wish)
  const planned = renewal(lease, wish)
  return {
    data: null,
    async hostEffect() {
      await outside.hostEffect(meansOf(core, mount), planned.expiresAt)
      return transact(core.store, async again =>
        renewed(renew(again, await findLiveLease(core, again, id), wish), wish),
      )
    },
  }
}

function renewed(lease: Granted, { ttl, longest }: { ttl: number; longest: number }): Reply {
  return { data: null, shownLease: lease, ...ttlWarning({ asked: ttl, given: lease.ttl, longest }) }
}

function revoke(core: Core, id: string): Reply {
  requireId(id)
  return { afterCommit: () => revokeLease(core, id) }
}

async function revokeBelow(core: Core, below: string): Promise<void> {
  const failed = await revokePrefix(core, folder(below))
  if (failed > 0)
    throw new ApiError(
      'invalid',
      `failed to revoke ${counted(failed, 'lease')} under ${folder(below)}, to be tried again`,
    )
}

async function giveUpBelow(core: Core, below: string): Promise<void> {
  await revokePrefix(core, folder(below), async (...lease) => {
    await forceRevoke(...lease)
    return true
  })
}
