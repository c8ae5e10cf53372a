import { parseDuration } from '../../shared/duration.ts'
import { boolean, list, map, rest, string } from '../../shared/field.ts'
import { Invalid } from '../../shared/invalid.ts'
import { endpoint } from '../api/endpoint.ts'
import { ApiError } from '../api/errors.ts'
import type { Core } from '../core/core.ts'
import { type Mount, newMount } from '../core/mounts.ts'
import { unmount } from '../core/unmount.ts'
import { describeAuditKeys, describeMount, describeMounts, isAuth } from './mount-description.ts'

const PROTECTED = ['audit/', 'auth/', 'cubbyhole/', 'identity/', 'sys/']

const path = rest({
  default: '',
  description: 'Path of the mount, for example "ssh" or "team/ssh".',
})

const description = string({ description: 'What the mount is for, in words for people.' })

const options = map({ description: 'Options of the engine.' })

const auditKeys = {
  audit_non_hmac_request_keys: list({
    description: 'Names in requests whose values the audit log shows as they are.',
  }),
  audit_non_hmac_response_keys: list({
    description: 'Names in answers whose values the audit log shows as they are.',
  }),
}

/** `sys/mounts`: which engine is where. Contract §4.3. */
export const mounts = (core: Core) => [
  endpoint({
    path: 'mounts',
    summary: 'Lists the mounted secrets engines.',
    description: 'Answers with every mount by its path.',
    fields: {},
    operations: {
      async read() {
        const secrets = core.mounts.all.filter(mount => !isAuth(mount))
        return { data: describeMounts(core, secrets), hoisted: true }
      },
    },
  }),
  endpoint({
    path: 'mounts/:path/tune',
    summary: 'Reads or changes the settings of a mount.',
    description:
      'Only what is sent is changed. A lease time of 0 or "system" leaves it to the server.',
    fields: {
      path,
      description,
      options,
      default_lease_ttl: string({ description: 'How long leases live by default.' }),
      max_lease_ttl: string({ description: 'How long leases may live at the most.' }),
      ...auditKeys,
      listing_visibility: string({
        description: '"unauth" shows the mount to callers without a token.',
      }),
    },
    operations: {
      async read({ path: name }) {
        const mount = existing(core, name)
        const { defaultTtl, maxTtl } = core.mounts.view(mount)
        return {
          data: {
            description: mount.description,
            default_lease_ttl: defaultTtl,
            max_lease_ttl: maxTtl,
            force_no_cache: false,
            ...(mount.options && { options: mount.options }),
            ...describeAuditKeys(mount),
            ...(mount.listingVisibility && { listing_visibility: mount.listingVisibility }),
          },
          hoisted: true,
        }
      },
      async update(given, { tx }) {
        const mount = await stored(core, tx, given.path)
        const { default_lease_ttl: usual, max_lease_ttl: longest } = given
        const tuned = {
          ...mount,
          description: given.description ?? mount.description,
          options: given.options ?? mount.options,
          defaultTtl: usual === undefined ? mount.defaultTtl : ttl('default', usual),
          maxTtl: longest === undefined ? mount.maxTtl : ttl('max', longest),
          listingVisibility: given.listing_visibility ?? mount.listingVisibility,
          auditRequestKeys: given.audit_non_hmac_request_keys ?? mount.auditRequestKeys,
          auditResponseKeys: given.audit_non_hmac_response_keys ?? mount.auditResponseKeys,
        }
        requireOrder(tuned)
        core.mounts.put(tx, tuned)
        return { after: () => core.mounts.reload() }
      },
    },
  }),
  endpoint({
    path: 'mounts/:path',
    summary: 'Mounts a secrets engine at a path, or removes it.',
    description:
      'Removing a mount revokes all of its leases and deletes all that it has stored, for good.',
    fields: {
      path,
      description,
      options,
      type: string({ default: '', description: 'Type of the engine, for example "ssh".' }),
      config: map({
        default: {},
        description: 'default_lease_ttl and max_lease_ttl of the mount.',
      }),
      local: boolean({ default: false, description: 'Accepted for compatibility, and kept.' }),
      seal_wrap: boolean({ default: false, description: 'Accepted for compatibility, and kept.' }),
    },
    operations: {
      async read({ path: name }) {
        return { data: describeMount(core, existing(core, name)), hoisted: true }
      },
      async update({ path: name, type, config, local, ...given }, { tx }) {
        const at = normalized(name)
        if (type === '') throw new ApiError('invalid', 'backend type must be specified as a string')
        // every mounting writes this key: of two at once, the second runs again and sees the first
        await tx.get(MOUNTING)
        requireFree(await core.mounts.stored(tx), at)
        if (type !== 'ssh')
          throw new ApiError('invalid', `plugin not found in the catalog: ${type}`)
        const mount = newMount(at, type, {
          description: given.description ?? '',
          options: given.options ?? null,
          local,
          sealWrap: given.seal_wrap,
          defaultTtl: ttl('default', config.default_lease_ttl),
          maxTtl: ttl('max', config.max_lease_ttl),
        })
        requireOrder(mount)
        tx.put(MOUNTING, Buffer.from(mount.id))
        core.mounts.put(tx, mount)
        return { after: () => core.mounts.reload() }
      },
      async delete({ path: name }, { tx }) {
        const at = normalized(name)
        if (isProtected(at)) throw new ApiError('invalid', `cannot unmount "${at}"`)
        const found = core.mounts.all.find(mount => mount.path === at)
        const mount = found && (await core.mounts.read(tx, found.id))
        if (!mount) return undefined
        const leaving = { ...mount, leaving: true }
        core.mounts.put(tx, leaving)
        return { after: () => unmount(core, leaving) }
      },
    },
  }),
]

const MOUNTING = 'core/mounting'

const normalized = (name: string) => `${name.split('/').filter(Boolean).join('/')}/`

const isProtected = (at: string) => PROTECTED.some(each => at.startsWith(each)) || at === '/'

function existing(core: Core, name: string): Mount {
  const at = normalized(name)
  const mount = core.mounts.all.find(each => each.path === at && !each.leaving)
  if (!mount) throw new ApiError('invalid', `No secret engine mount at ${at}`)
  return mount
}

/** The mount as the transaction finds it. */
async function stored(core: Core, tx: Parameters<Core['mounts']['read']>[0], name: string) {
  const mount = await core.mounts.read(tx, existing(core, name).id)
  if (!mount) throw new ApiError('invalid', `No secret engine mount at ${normalized(name)}`)
  return mount
}

function requireFree(mounted: readonly Mount[], at: string): void {
  if (isProtected(at)) throw new ApiError('invalid', `cannot mount "${at}"`)
  const taken = mounted.find(({ path: other }) => other.startsWith(at) || at.startsWith(other))
  if (!taken) return
  const message =
    taken.path === at ? `path is already in use at ${at}` : `existing mount at ${taken.path}`
  throw new ApiError('invalid', message)
}

/** Seconds of a lease time as clients send it: a duration, or nothing, or "system". */
function ttl(which: 'default' | 'max', raw: unknown): number {
  if (raw === undefined || raw === null || raw === 'system') return 0
  try {
    return parseDuration(String(raw))
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    throw new ApiError('invalid', `unable to parse ${which} TTL of ${raw}: ${error.message}`, {
      cause: error,
    })
  }
}

function requireOrder({ defaultTtl, maxTtl }: Mount): void {
  if (maxTtl !== 0 && defaultTtl > maxTtl)
    throw new ApiError('invalid', 'given default lease TTL greater than given max lease TTL')
}
