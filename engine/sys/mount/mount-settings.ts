import { boolean, list, map, string, type Values } from '../../../shared/field.ts'
import { readFields } from '../../../shared/read-fields.ts'
import { ApiError } from '../../api/errors.ts'
import { tokenTypeOf } from '../../api/token-type.ts'
import type { Mount } from '../../core/mount.ts'
import type { Tuning } from '../../core/tuning.ts'
import { lockoutOf } from './lockout-fields.ts'
import { leaseTtl, requireOrder } from './mount-check.ts'
import { isAuth } from './mount-description.ts'

/** Settings of a mount, at its creation and afterwards. */
export const settingFields = {
  default_lease_ttl: string({ description: 'Default lifetime of leases.' }),
  max_lease_ttl: string({ description: 'Maximum lifetime of leases.' }),
  audit_non_hmac_request_keys: list({
    description: 'Keys of requests whose values the audit log shows in plain text.',
  }),
  audit_non_hmac_response_keys: list({
    description: 'Keys of responses whose values the audit log shows in plain text.',
  }),
  listing_visibility: string({
    description: '"unauth" lists the mount for callers without a token, "hidden" does not.',
  }),
  token_type: string({
    description:
      'Type of the tokens that the auth method issues: "default-service" or "service", which mean the same here.',
  }),
  passthrough_request_headers: list({
    description: 'Stored and returned for compatibility: no engine reads request headers.',
  }),
  allowed_response_headers: list({
    description: 'Stored and returned for compatibility: no engine sets response headers.',
  }),
  force_no_cache: boolean({
    description: 'Stored and returned for compatibility: responses are never outdated.',
  }),
  user_lockout_config: map({
    description:
      'User lockout of a userpass mount: lockout_threshold, the number of wrong passwords after which a name is locked (default 5); lockout_duration, how long it stays locked (default 15m); lockout_counter_reset_duration, the time after which the counter is reset (default 15m); lockout_disable.',
  }),
  case_sensitive_aliases: boolean({
    description:
      'Whether names of an auth method that differ only in case are different users. Cannot be turned off while there are such names.',
  }),
}

type Settings = Partial<Values<typeof settingFields>>

/** The settings of a new mount. @throws {ApiError} invalid, for an unknown one */
export function readSettings(config: Readonly<Record<string, unknown>>): Settings {
  const { values, unknown } = readFields(
    settingFields,
    config,
    (name, { message }) => new ApiError('invalid', `${name}: ${message}`),
  )
  const wrong = unknown.find(name => isSaid(config[name]))
  if (wrong !== undefined) throw unsupported(wrong)
  return values
}

/** Settings of Vault and OpenBao that are not supported. */
const UNSUPPORTED = [
  ...['plugin_name', 'plugin_version', 'external_entropy_access', 'identity_token_key'],
  ...['allowed_managed_keys', 'delegated_auth_accessors', 'trim_request_trailing_slashes'],
]

/** @throws {ApiError} invalid, if an unsupported setting was sent */
export function requireSupported(sent: Readonly<Record<string, unknown>>): void {
  const wrong = UNSUPPORTED.find(name => isSaid(sent[name]))
  if (wrong !== undefined) throw unsupported(wrong)
}

/** Web forms send all of their fields, including empty ones. */
const isSaid = (value: unknown) =>
  ![undefined, null, '', false].includes(value as null) &&
  (typeof value !== 'object' || Object.keys(value as object).length > 0)

const unsupported = (name: string) =>
  new ApiError('invalid', `${JSON.stringify(name)} is not supported`)

/** The mount with the given settings applied. @throws {ApiError} invalid */
export function withSettings(mount: Mount, given: Settings): Mount {
  const { default_lease_ttl: usual, max_lease_ttl: longest } = given
  const changed = {
    ...mount,
    defaultTtl: isUnchanged(usual) ? mount.defaultTtl : leaseTtl('default', usual),
    maxTtl: isUnchanged(longest) ? mount.maxTtl : leaseTtl('max', longest),
    listingVisibility: visibility(given.listing_visibility) ?? mount.listingVisibility,
    auditRequestKeys: given.audit_non_hmac_request_keys ?? mount.auditRequestKeys,
    auditResponseKeys: given.audit_non_hmac_response_keys ?? mount.auditResponseKeys,
    tuning: { ...mount.tuning, ...tuningOf(mount, given) },
  }
  requireOrder(changed)
  return changed
}

/** Command lines send an empty string for settings that stay unchanged. */
const isUnchanged = (raw: string | undefined) => raw === undefined || raw === ''

function visibility(given: string | undefined): string | undefined {
  if (given === undefined || ['', 'unauth', 'hidden'].includes(given)) return given
  throw new ApiError('invalid', 'listing_visibility must be "unauth" or "hidden"')
}

function tuningOf(mount: Mount, given: Settings): Tuning {
  const tokenType = typeOfTokens(mount, given.token_type)
  const lockout = given.user_lockout_config && lockoutOf(mount, given.user_lockout_config)
  const { passthrough_request_headers: passed, allowed_response_headers: allowed } = given
  return {
    ...(passed && { passthroughRequestHeaders: passed }),
    ...(allowed && { allowedResponseHeaders: allowed }),
    ...(given.force_no_cache !== undefined && { forceNoCache: given.force_no_cache }),
    ...(tokenType && { tokenType }),
    ...(lockout && { lockout }),
  }
}

function typeOfTokens(mount: Mount, given: string | undefined): Tuning['tokenType'] {
  if (given === undefined || given === '') return undefined
  if (!isAuth(mount))
    throw new ApiError('invalid', "'token_type' can only be modified on auth mounts")
  return tokenTypeOf(given, ['default-service', 'service'])
}
