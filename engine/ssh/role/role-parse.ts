import { isBalanced } from '../../../shared/is-balanced.ts'
import { ApiError } from '../../api/errors.ts'
import { isOptionName, optionTexts, unreadable } from '../../openssh/certificate-options.ts'
import { dynamicRole } from './dynamic-role.ts'
import { parseKeyType } from './key-type.ts'
import { requireLifetimes } from './lifetimes.ts'
import type { CaRole, OtpRole, Role } from './role.ts'
import { requireBlocks } from './role-addresses.ts'
import type { RoleValues } from './role-fields.ts'
import { requirePatterns } from './role-hosts.ts'
import { storeSettings } from './role-setting.ts'
import { roleSettings } from './role-settings.ts'

const SIGNERS = ['', 'default', 'ssh-rsa', 'rsa-sha2-256', 'rsa-sha2-512']

const invalid = (message: string) => new ApiError('invalid', message)

/**
 * The role that a write describes. Fields that do not apply to its kind are dropped. Checks in the order of the contract §2.2.
 * @param hasKey whether a key of that name is registered, for roles of type dynamic
 */
export async function parseRole(
  given: RoleValues,
  hasKey: (name: string) => Promise<boolean>,
): Promise<Role> {
  requireBlocks(given.cidr_list, 'failed to validate cidr_list')
  requireBlocks(given.exclude_cidr_list, 'failed to validate exclude_cidr_list entry')
  const keyType = given.key_type.toLowerCase()
  if (keyType === '') throw invalid('missing key type')
  if (keyType !== 'ca') requireBalanced(given)
  const kind = parseKeyType(keyType)
  if (!kind) throw invalid('invalid key type')
  if (kind !== 'otp') refuseOtpSettings(given)
  switch (kind) {
    case 'otp':
      return otpRole(given)
    case 'ca':
      return caRole(given)
    case 'dynamic':
      return dynamicRole(given, hasKey)
  }
}

/** Refuses templates that can never be filled in. Those of type ca are checked when signing, as in other servers. */
function requireBalanced(given: RoleValues): void {
  const templates = {
    ...(given.default_user_template && { default_user: given.default_user }),
    ...(given.allowed_users_template && { allowed_users: given.allowed_users }),
  }
  for (const [name, text] of Object.entries(templates))
    if (!isBalanced(text)) throw invalid(`${name}: unbalanced templating characters`)
}

function refuseOtpSettings(given: RoleValues): void {
  if (given.otp_format !== 'uuid')
    throw invalid('otp_format is for roles of type otp: the others make no one-time passwords')
  // such a role would not be limited to them
  const set = (['hosts', 'host_groups'] as const).find(field => given[field] !== '')
  if (set !== undefined)
    throw invalid(`${set} is for roles of type otp: the others issue nothing for a named host`)
}

function otpRole(given: RoleValues): OtpRole {
  if (given.default_user === '') throw invalid('missing default user')
  if (given.admin_user !== '') throw invalid('admin user not required for OTP type')
  if (given.port < 0 || given.port > 65_535) throw invalid('port must be between 1 and 65535')
  requireLifetimes(given)
  requirePatterns('hosts', given.hosts)
  requirePatterns('host_groups', given.host_groups)
  return { keyType: 'otp', ...storeSettings(roleSettings, 'otp', given) }
}

function caRole(given: RoleValues): CaRole {
  if (!SIGNERS.includes(given.algorithm_signer))
    throw invalid(`unknown algorithm signer ${JSON.stringify(given.algorithm_signer)}`)
  if (!given.allow_user_certificates && !given.allow_host_certificates)
    throw invalid(
      "Either 'allow_user_certificates' or 'allow_host_certificates' must be set to 'true'",
    )
  requireReadable(given)
  requireLifetimes(given)
  return { keyType: 'ca', ...storeSettings(roleSettings, 'ca', given), ...NO_ADDRESSES }
}

/** Older versions expect these in every role. */
const NO_ADDRESSES = { cidrList: '', excludeCidrList: '' }

/** Refuses options that no certificate can have. The values are stored as written, and encoded when signing. */
function requireReadable(given: RoleValues): void {
  for (const field of OPTIONS) {
    const filledLater = field === 'default_extensions' && given.default_extensions_template
    const reason = Object.entries(optionTexts(given[field]))
      .filter(([, value]) => !(filledLater && value.includes('{{')))
      .map(([name, value]) => (isOptionName(name) ? unreadable(name, value) : NO_NAME))
      .find(each => each !== undefined)
    if (reason !== undefined) throw invalid(`${field}: ${reason}`)
  }
}

const OPTIONS = [
  'default_critical_options',
  'enforced_critical_options',
  'default_extensions',
] as const

const NO_NAME = 'one of the names is not a valid option name'
