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
import { cutShort } from '../token/ttl-warning.ts'

const inBody = string({ default: '', required: true, description: 'Id of the lease.' })
const inPath = longRest({ default: '', description: 'Id of the lease.' })
const prefix = longRest({
  default: '',
  description: 'Path whose leases are meant, for example "ssh/creds".',
})
const sync = boolean({
  default: true,
  description: 'Accepted for compatibility: revocation is always done when it is answered.',
})
const increment = duration({
  default: 0,
  description:
    'How long the lease shall go on from now. As long as it was granted for, when left out.',
})

const renewing = {
  summary: 'Renews a lease.',
  description:
    'Moves the end of a renewable lease, no further than the maximum of its mount allows.',
} as const

const revoking = {
  isOwner: isOwnLease,
  summary: 'Revokes a lease.',
  description:
    'Ends the credential at once. Revoking a lease that is not there is a success, also for a token without a policy for it. A token may revoke its own leases in the same way, unless a policy denies it.',
} as const

/** `sys/leases`, and the older names of its paths. Contract §4.5. */
export const leases = (core: Core) => [
  endpoint({
    path: 'leases/lookup',
    summary: 'Shows a lease.',
    description: 'Answers with the times of the lease, not with the credential.',
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
      'Answers with one level of the lease ids below a path; without one, with the mounts that have leases.',
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
        'Ends every credential whose lease id begins with the path, those that a mount gave out before it was moved there, and below auth/ the tokens of logins. What cannot be ended now is tried again later, and is an error.',
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
      summary: 'Drops all leases below a path, whether or not their credentials can be ended.',
      description:
        'For hosts that are gone for good. A credential that could not be ended may still open its host, should that come back.',
      fields: { prefix },
      operations: {
        update: async function forceRevokePrefix({ prefix: below }) {
          return { afterCommit: () => giveUpBelow(core, below) }
        },
      },
    }),
  ),
]

/** Whoever was given a lease may give it back, also when it has ended meanwhile: a host that redeems a password ends its lease. */
async function isOwnLease(
  ...[{ lease_id: id }, { tx, caller }]: Parameters<AccessCheck>
): Promise<boolean> {
  if (typeof id !== 'string' || id === '' || caller === undefined) return false
  const lease = await findLease(tx, id)
  // of an id that is not there nothing is told, and there is nothing to do
  return lease === undefined || lease.token === caller.token
}

const folder = (path: string) => (path === '' || path.endsWith('/') ? path : `${path}/`)

const iso = (milliseconds: number) => new Date(milliseconds).toISOString()

async function show(id: string, { tx, now }: Call): Promise<Reply> {
  if (id === '') throw new ApiError('invalid', 'lease_id must be specified')
  const lease = await findLease(tx, id)
  if (!lease) throw new ApiError('invalid', 'invalid lease')
  return {
    data: {
      id,
      issue_time: iso(lease.issuedAt),
      expire_time: iso(lease.expiresAt),
      last_renewal: lease.lastRenewal === undefined ? null : iso(lease.lastRenewal),
      renewable: lease.renewable,
      ttl: Math.max(0, Math.floor((lease.expiresAt - now.getTime()) / 1000)),
      path: id.slice(0, id.lastIndexOf('/')),
      ...(lease.failure && { revoke_error: lease.failure.reason }),
    },
  }
}

async function renewLease(
  core: Core,
  { lease_id: id, increment: wanted }: { lease_id: string; increment: number },
  { tx, now }: Call,
): Promise<Reply> {
  if (id === '') throw new ApiError('invalid', 'lease_id must be specified')
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
  return { data: null, shownLease: lease, ...cutShort({ asked: ttl, given: lease.ttl, longest }) }
}

function revoke(core: Core, id: string): Reply {
  if (id === '') throw new ApiError('invalid', 'lease_id must be specified')
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
