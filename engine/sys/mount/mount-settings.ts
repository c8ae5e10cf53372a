import { boolean, list, map, string, type Values } from '../../../shared/field.ts'
import { readFields } from '../../../shared/read-fields.ts'
import { ApiError } from '../../api/errors.ts'
import { tokenTypeOf } from '../../api/token-type.ts'
import type { Mount } from '../../core/mount.ts'
import type { Tuning } from '../../core/tuning.ts'
import { lockoutOf } from './lockout-settings.ts'
import { leaseTtl, requireOrder } from './mount-check.ts'
import { isAuth } from './mount-description.ts'

/** What can be said of a mount when it is made, and changed afterwards. */
export const settingFields = {
  default_lease_ttl: string({ description: 'How long leases live by default.' }),
  max_lease_ttl: string({ description: 'How long leases may live at the most.' }),
  audit_non_hmac_request_keys: list({
    description: 'Names in requests whose values the audit log shows as they are.',
  }),
  audit_non_hmac_response_keys: list({
    description: 'Names in answers whose values the audit log shows as they are.',
  }),
  listing_visibility: string({
    description: '"unauth" shows the mount to callers without a token, "hidden" does not.',
  }),
  token_type: string({
    description:
      'Type of the tokens that an auth method gives: "default-service" or "service", which are the same here.',
  }),
  passthrough_request_headers: list({
    description: 'Kept for clients that compare: no engine here reads a header.',
  }),
  allowed_response_headers: list({
    description: 'Kept for clients that compare: no engine here sends headers of its own.',
  }),
  force_no_cache: boolean({
    description: 'Kept for clients that compare: what is answered is never out of date.',
  }),
  user_lockout_config: map({
    description:
      'Of the userpass method: lockout_threshold, the wrong passwords after which a name is locked, 5; lockout_duration, for how long, 15m; lockout_counter_reset_duration, after how long they are forgotten, 15m; lockout_disable.',
  }),
  case_sensitive_aliases: boolean({
    description:
      'Whether names of an auth method that differ only in case are those of different people. Cannot be turned off while there are such names.',
  }),
}

type Settings = Partial<Values<typeof settingFields>>

/** The settings of a new mount. @throws {ApiError} invalid, for one that means nothing here */
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

/** What other servers know of mounts, and this one has not. */
const UNSUPPORTED = [
  ...['plugin_name', 'plugin_version', 'external_entropy_access', 'identity_token_key'],
  ...['allowed_managed_keys', 'delegated_auth_accessors', 'trim_request_trailing_slashes'],
]

/** @throws {ApiError} invalid, if more was sent than is kept */
export function requireSupported(sent: Readonly<Record<string, unknown>>): void {
  const wrong = UNSUPPORTED.find(name => isSaid(sent[name]))
  if (wrong !== undefined) throw unsupported(wrong)
}

/** Forms send all their fields, empty ones too. */
const isSaid = (value: unknown) =>
  ![undefined, null, '', false].includes(value as null) &&
  (typeof value !== 'object' || Object.keys(value as object).length > 0)

const unsupported = (name: string) =>
  new ApiError('invalid', `${JSON.stringify(name)} is not supported`)

/** A mount with what is given in place of what it says. @throws {ApiError} invalid */
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

/** Command lines send an empty text for what they do not change. */
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
