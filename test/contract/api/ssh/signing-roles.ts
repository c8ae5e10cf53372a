const USER = { key_type: 'ca', allow_user_certificates: true, allowed_users: 'u,v' }
const HOST = { key_type: 'ca', allow_host_certificates: true }
/** Roles by their names, each for one rule of signing. */
export const SIGNING_ROLES: Readonly<Record<string, object>> = {
  any: { ...USER, default_user: 'u' },
  nobody: USER,
  empty: { ...USER, allow_empty_principals: true },
  star: { ...USER, allowed_users: '*' },
  'no-users': { ...USER, allowed_users: '', default_user: 'u' },
  other: { ...USER, default_user: 'w' },
  list: { ...USER, default_user: 'v , u' },
  short: { ...USER, default_user: 'u', ttl: '30m', max_ttl: '1h' },
  longest: { ...USER, default_user: 'u', max_ttl: '1h' },
  early: { ...USER, default_user: 'u', ttl: '1m', not_before_duration: '1h' },
  host: { ...HOST, allowed_domains: 'example.com, b.org', allow_bare_domains: true },
  sub: { ...HOST, allowed_domains: 'example.com', allow_subdomains: true },
  'no-domains': HOST,
  pty: { ...USER, default_user: 'u', default_extensions: { 'permit-pty': '' } },
  extensions: {
    ...{ ...USER, default_user: 'u', allowed_extensions: '*' },
    default_extensions: { 'permit-pty': '' },
  },
  listed: { ...USER, default_user: 'u', allowed_extensions: 'permit-pty,permit-user-rc' },
  options: {
    ...{ ...USER, default_user: 'u', allowed_critical_options: 'force-command,verify-required' },
    default_critical_options: { 'source-address': '10.0.0.0/8' },
  },
  ids: { ...USER, default_user: 'u', allow_user_key_ids: true },
  format: { ...USER, default_user: 'u', key_id_format: '{{role_name}}-{{public_key_hash}}' },
  rsa: { ...USER, default_user: 'u', allowed_user_key_lengths: { rsa: 4096 } },
  ec: { ...USER, default_user: 'u', allowed_user_key_lengths: { ec: [256], ed25519: 0 } },
  sha512: { ...USER, default_user: 'u', algorithm_signer: 'rsa-sha2-512' },
  lost: { ...USER, default_user: 'u', issuer_ref: 'nobody' },
  otp: { key_type: 'otp', default_user: 'u' },
}
