import type { Core } from '../../core/core.ts'
import type { Mount } from '../../core/mount.ts'
import { describeLockout } from './lockout-fields.ts'

/** A mount as `sys/mounts` shows it. Contract §4.3. */
export function describeMount({ about }: Core, mount: Mount) {
  return {
    type: mount.type,
    description: mount.description,
    accessor: mount.accessor,
    local: mount.local,
    seal_wrap: mount.sealWrap,
    external_entropy_access: false,
    options: mount.options,
    uuid: mount.id,
    plugin_version: '',
    running_plugin_version: `v${about.version}.builtin`,
    running_sha256: '',
    deprecation_status: 'supported',
    config: {
      default_lease_ttl: mount.defaultTtl,
      max_lease_ttl: mount.maxTtl,
      ...describeSettings(mount),
      ...(mount.tuning?.lockout && { user_lockout_config: describeLockout(mount) }),
    },
  }
}

/** A mount as clients without a token see it, if it is listed for them: what a login page needs. */
export const describeToStranger = ({ type, description, options }: Mount) => ({
  type,
  description,
  options,
})

/** The settings of a mount besides its lifetimes; most of them only if set. */
export function describeSettings(mount: Mount) {
  const { tuning = {}, listingVisibility } = mount
  const lists = {
    audit_non_hmac_request_keys: mount.auditRequestKeys,
    audit_non_hmac_response_keys: mount.auditResponseKeys,
    passthrough_request_headers: tuning.passthroughRequestHeaders ?? [],
    allowed_response_headers: tuning.allowedResponseHeaders ?? [],
  }
  return {
    force_no_cache: tuning.forceNoCache ?? false,
    ...(isAuth(mount) && { token_type: tuning.tokenType ?? 'default-service' }),
    ...Object.fromEntries(Object.entries(lists).filter(([, names]) => names.length > 0)),
    ...(listingVisibility && { listing_visibility: listingVisibility }),
  }
}

/** Mounts by their paths, those of auth methods without `auth/`, as data of a reply. */
export const describeMounts = (core: Core, mounts: readonly Mount[]) =>
  Object.fromEntries(
    mounts.map(mount => [mount.path.replace(/^auth\//, ''), describeMount(core, mount)]),
  )

/** Whether a mount is an auth method. */
export const isAuth = ({ path }: Mount) => path.startsWith('auth/')
