import type { Core } from '../core/core.ts'
import type { Mount } from '../core/mounts.ts'

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
      force_no_cache: false,
      ...(isAuth(mount) && { token_type: 'default-service' }),
      ...describeAuditKeys(mount),
      ...(mount.listingVisibility && { listing_visibility: mount.listingVisibility }),
    },
  }
}

/** What the audit log shows unhashed of a mount, where there is anything. */
export const describeAuditKeys = ({ auditRequestKeys, auditResponseKeys }: Mount) => ({
  ...(auditRequestKeys.length > 0 && { audit_non_hmac_request_keys: auditRequestKeys }),
  ...(auditResponseKeys.length > 0 && { audit_non_hmac_response_keys: auditResponseKeys }),
})

/** Mounts by their paths, those of auth methods without `auth/`, as data of a reply. */
export const describeMounts = (core: Core, mounts: readonly Mount[]) =>
  Object.fromEntries(
    mounts.map(mount => [mount.path.replace(/^auth\//, ''), describeMount(core, mount)]),
  )

/** Auth methods are mounted below this, and shown apart from secrets engines. */
export const isAuth = ({ path }: Mount) => path.startsWith('auth/')
