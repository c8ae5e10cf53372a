import { boolean, duration, integer, map, name, separated, string } from '../../shared/field.ts'
import { dynamicFields } from './dynamic-fields.ts'

/** The fields of a role, of every kind of role. Contract §2.2. */
export const roleFields = {
  role: name({ default: '', description: 'Name of the role.' }),
  key_type: string({
    default: '',
    description: 'Kind of credential that the role makes: "otp", "ca" or "dynamic".',
  }),
  default_user: string({
    default: '',
    description: 'User that a credential is made for when the request names none.',
  }),
  default_user_template: boolean({
    default: false,
    description: 'Type ca: whether default_user may hold identity templates.',
  }),
  cidr_list: separated({
    default: '',
    description:
      'Comma separated blocks of addresses that credentials may be made for, 1000 at the most. Without it only a zero-address role can make any. Addresses that many hosts have, such as 127.0.0.1, need a block that holds only such addresses.',
  }),
  exclude_cidr_list: separated({
    default: '',
    description: 'Comma separated blocks that are taken out of cidr_list.',
  }),
  port: integer({ default: 0, description: 'Port of the SSH server. 22 when left out.' }),
  allowed_users: separated({
    default: '',
    description:
      'Comma separated users that credentials may be made for besides default_user; "*" allows all.',
  }),
  allowed_users_template: boolean({
    default: false,
    description: 'Type ca: whether allowed_users may hold identity templates.',
  }),
  allowed_domains: separated({
    default: '',
    description: 'Type ca: comma separated domains that host certificates may be made for.',
  }),
  allowed_domains_template: boolean({
    default: false,
    description: 'Type ca: whether allowed_domains may hold identity templates.',
  }),
  ttl: duration({
    default: 0,
    description:
      'How long a credential lives. When left out, the default lease time of the mount; one-time passwords live 10 minutes where nobody has set one.',
  }),
  max_ttl: duration({
    default: 0,
    description:
      'How long a credential may live at the most. The maximum of the mount when left out; for certificates it may also be more than that.',
  }),
  allowed_critical_options: separated({
    default: '',
    description: 'Type ca: comma separated critical options that may be asked for. Any when empty.',
  }),
  allowed_extensions: separated({
    default: '',
    description:
      'Type ca: comma separated extensions that may be asked for; "*" allows all. None when empty.',
  }),
  default_critical_options: map({
    default: {},
    description:
      'Type ca: critical options of a certificate whose request names none. No limit: a request can name others.',
  }),
  enforced_critical_options: map({
    default: {},
    description:
      'Type ca: critical options of every certificate for a user, whatever the request names, such as force-command and source-address.',
  }),
  default_extensions: map({
    default: {},
    description: 'Type ca: extensions of a certificate whose request names none.',
  }),
  default_extensions_template: boolean({
    default: false,
    description: 'Type ca: whether the values of default_extensions may hold identity templates.',
  }),
  allow_user_certificates: boolean({
    default: false,
    description: 'Type ca: whether certificates for users may be signed.',
  }),
  allow_host_certificates: boolean({
    default: false,
    description: 'Type ca: whether certificates for hosts may be signed.',
  }),
  allow_bare_domains: boolean({
    default: false,
    description: 'Type ca: whether a host certificate may be for an allowed domain itself.',
  }),
  allow_subdomains: boolean({
    default: false,
    description: 'Type ca: whether a host certificate may be for a subdomain of an allowed domain.',
  }),
  allow_user_key_ids: boolean({
    default: false,
    description: 'Type ca: whether a request may choose the key id.',
  }),
  key_id_format: string({
    default: '',
    description:
      'Type ca: key id of the certificates, with {{token_display_name}}, {{role_name}} and {{public_key_hash}}.',
  }),
  allowed_user_key_lengths: map({
    default: {},
    description: 'Type ca: key types that may be signed, each with its allowed sizes in bits.',
  }),
  algorithm_signer: string({
    default: '',
    description:
      'Type ca: signature algorithm of an RSA CA: "default", "rsa-sha2-256", "rsa-sha2-512" or "ssh-rsa", which is SHA-1: OpenSSH 8.2 and later refuse it.',
  }),
  not_before_duration: duration({
    default: 30,
    description: 'Type ca: by how much a certificate is dated back, for clocks that differ.',
  }),
  allow_commas_in_identity_templates: boolean({
    default: false,
    description: 'Type ca: whether a value put into a template may hold a comma.',
  }),
  allow_empty_principals: boolean({
    default: false,
    description: 'Type ca: whether a certificate may be without principals. Unsafe.',
  }),
  issuer_ref: string({
    default: 'default',
    description: 'Type ca: the issuer that signs, by name or id.',
  }),
  fido_verify_required: boolean({
    default: false,
    description:
      'Type ca: whether a certificate for a FIDO key demands that the key is unlocked with its PIN or a finger at every login.',
  }),
  fido_no_touch_required: boolean({
    default: false,
    description: 'Type ca: whether a certificate for a FIDO key works without a touch.',
  }),
  ...dynamicFields,
}
