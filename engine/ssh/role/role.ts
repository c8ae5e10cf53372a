import { INSTALL_SCRIPT } from './install-script.ts'
import type { KeyType } from './key-type.ts'

/** What every kind of role says. Lists are kept as the text they were written as. */
interface AnyRole {
  readonly keyType: KeyType
  readonly defaultUser: string
  readonly allowedUsers: string
  /** Whether these two hold identity templates; absent in roles of older versions. */
  readonly defaultUserTemplate?: boolean
  readonly allowedUsersTemplate?: boolean
  readonly cidrList: string
  readonly excludeCidrList: string
  readonly port: number
}

/** A role that makes one-time passwords. */
export interface OtpRole extends AnyRole {
  readonly keyType: 'otp'
  /** Seconds; 0 leaves it to the mount. */
  readonly ttl: number
  readonly maxTtl: number
}

/** A role that makes keys and installs them on the host. */
export interface DynamicRole extends AnyRole {
  readonly keyType: 'dynamic'
  /** Seconds; 0 leaves it to the mount. */
  readonly ttl: number
  readonly maxTtl: number
  readonly key: string
  readonly adminUser: string
  readonly keyAlgorithm: 'rsa' | 'ed25519'
  readonly keyBits: number
  /** Empty for the built-in one. */
  readonly installScript: string
  /** Seconds that the script may take. */
  readonly installTimeout: number
  readonly keyOptionSpecs: string
  /** Public keys, a line each. */
  readonly hostKeys: readonly string[]
  readonly knownHosts: string
  readonly hostKeyPolicy: 'strict' | 'first-use'
  /** Absent in roles of older versions. */
  readonly requireExpiry?: boolean
}

/** A role that signs certificates. */
export interface CaRole extends AnyRole {
  readonly keyType: 'ca'
  /** Seconds; 0 leaves it to the mount. */
  readonly ttl: number
  readonly maxTtl: number
  readonly notBeforeDuration: number
  readonly defaultUserTemplate: boolean
  readonly allowedUsersTemplate: boolean
  readonly allowedDomains: string
  readonly allowedDomainsTemplate: boolean
  readonly allowedCriticalOptions: string
  readonly allowedExtensions: string
  readonly defaultCriticalOptions: Readonly<Record<string, unknown>>
  /** Absent in roles of older versions. */
  readonly enforcedCriticalOptions?: Readonly<Record<string, unknown>>
  readonly defaultExtensions: Readonly<Record<string, unknown>>
  readonly defaultExtensionsTemplate: boolean
  readonly allowUserCertificates: boolean
  readonly allowHostCertificates: boolean
  readonly allowBareDomains: boolean
  readonly allowSubdomains: boolean
  readonly allowUserKeyIds: boolean
  readonly allowCommasInIdentityTemplates: boolean
  readonly allowEmptyPrincipals: boolean
  readonly keyIdFormat: string
  /** Key type to the sizes it may have. */
  readonly allowedUserKeyLengths: Readonly<Record<string, readonly number[]>>
  readonly algorithmSigner: string
  readonly issuerRef: string
  /** Whether certificates for FIDO keys demand that the key is unlocked, or need not be touched. */
  readonly fidoVerifyRequired: boolean
  readonly fidoNoTouchRequired: boolean
}

export type Role = OtpRole | DynamicRole | CaRole

/** What a read of the role answers. Contract §2.3. */
export function describeRole(role: Role): object {
  const { keyType, defaultUser, allowedUsers, cidrList, excludeCidrList, port } = role
  const common = { key_type: keyType, default_user: defaultUser, allowed_users: allowedUsers }
  const hosts = { cidr_list: cidrList, exclude_cidr_list: excludeCidrList, port }
  switch (role.keyType) {
    case 'otp':
      return { ...common, ...setTemplates(role), ...hosts, ...setLifetimes(role) }
    case 'dynamic':
      return {
        ...common,
        ...setTemplates(role),
        ...hosts,
        key: role.key,
        admin_user: role.adminUser,
        key_algorithm: role.keyAlgorithm,
        key_bits: role.keyBits,
        install_script: role.installScript || INSTALL_SCRIPT,
        install_timeout: role.installTimeout,
        key_option_specs: role.keyOptionSpecs,
        host_keys: role.hostKeys,
        known_hosts: role.knownHosts,
        host_key_policy: role.hostKeyPolicy,
        ...(role.requireExpiry && { require_expiry: true }),
        ...setLifetimes(role),
      }
    case 'ca':
      return {
        ...common,
        allowed_users_template: role.allowedUsersTemplate,
        allowed_domains: role.allowedDomains,
        allowed_domains_template: role.allowedDomainsTemplate,
        default_user_template: role.defaultUserTemplate,
        ttl: role.ttl,
        max_ttl: role.maxTtl,
        allowed_critical_options: role.allowedCriticalOptions,
        allowed_extensions: role.allowedExtensions,
        allow_user_certificates: role.allowUserCertificates,
        allow_host_certificates: role.allowHostCertificates,
        allow_bare_domains: role.allowBareDomains,
        allow_subdomains: role.allowSubdomains,
        allow_user_key_ids: role.allowUserKeyIds,
        allow_commas_in_identity_templates: role.allowCommasInIdentityTemplates,
        allow_empty_principals: role.allowEmptyPrincipals,
        key_id_format: role.keyIdFormat,
        default_critical_options: role.defaultCriticalOptions,
        ...enforcedOf(role),
        default_extensions: role.defaultExtensions,
        default_extensions_template: role.defaultExtensionsTemplate,
        allowed_user_key_lengths: role.allowedUserKeyLengths,
        algorithm_signer: role.algorithmSigner,
        not_before_duration: role.notBeforeDuration,
        issuer_ref: role.issuerRef,
        fido_verify_required: role.fidoVerifyRequired,
        fido_no_touch_required: role.fidoNoTouchRequired,
      }
  }
}

/** Shown only where they are set: other servers do not have them in roles of these types. */
const setTemplates = (role: OtpRole | DynamicRole): object => ({
  ...(role.defaultUserTemplate && { default_user_template: true }),
  ...(role.allowedUsersTemplate && { allowed_users_template: true }),
})

/** The same. */
const setLifetimes = ({ ttl, maxTtl }: OtpRole | DynamicRole): object => ({
  ...(ttl > 0 && { ttl }),
  ...(maxTtl > 0 && { max_ttl: maxTtl }),
})

/** Shown only where a role has some: other servers do not know them. */
function enforcedOf({ enforcedCriticalOptions: enforced = {} }: CaRole): object {
  return Object.keys(enforced).length > 0 ? { enforced_critical_options: enforced } : {}
}
