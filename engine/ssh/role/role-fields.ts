import { boolean, duration, integer, map, name, separated, string } from '../../../shared/field.ts'
import { dynamicFields } from './dynamic-fields.ts'

/** The fields of a role, of every kind of role. Contract §2.2. */
export const roleFields = {
  role: name({ default: '', description: 'Name of the role.' }),
  key_type: string({
    default: '',
    required: true,
    description:
      'Kind of credential that the role makes: "otp", a one-time password, which the helper on the host redeems; "ca", a certificate, which hosts trust that trust the issuer; or "dynamic", a key that is put on the host and removed again.',
  }),
  default_user: string({
    default: '',
    required: 'for types otp and dynamic',
    description:
      'User that a credential is made for when the request names none. A role of type ca signs for it only if allowed_users has it, too.',
  }),
  default_user_template: boolean({
    default: false,
    description: 'Whether default_user may hold identity templates.',
  }),
  cidr_list: separated({
    default: '',
    description:
      'Types otp and dynamic: comma separated blocks of addresses that credentials may be made for, 1000 at the most. Without it only a zero-address role can make any. Addresses that many hosts have, such as 127.0.0.1, need a block that holds only such addresses.',
  }),
  exclude_cidr_list: separated({
    default: '',
    description:
      'Types otp and dynamic: comma separated blocks that are taken out of cidr_list. A zero-address role does not heed them.',
  }),
  port: integer({
    default: 0,
    description:
      'Types otp and dynamic: port of the SSH server, 22 when left out. For one-time passwords it is only told to the client.',
  }),
  allowed_users: separated({
    default: '',
    description:
      'Comma separated users that credentials may be made for; "*" allows all, root too. When empty: for types otp and dynamic default_user alone, which need not be listed; for type ca nobody.',
  }),
  allowed_users_template: boolean({
    default: false,
    description: 'Whether allowed_users may hold identity templates.',
  }),
  allowed_domains: separated({
    default: '',
    description:
      'Type ca: comma separated domains that host certificates may be made for, with allow_bare_domains or allow_subdomains; "*" allows all names. None when empty.',
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
    description:
      'Type ca: comma separated critical options that may be asked for. Any when empty, so what must be in every certificate goes into enforced_critical_options.',
  }),
  allowed_extensions: separated({
    default: '',
    description:
      'Type ca: comma separated extensions that may be asked for; "*" allows all. None when empty.',
  }),
  default_critical_options: map({
    default: {},
    description:
      'Type ca: critical options of a certificate for a user whose request names none, as JSON. No limit: a request can name others.',
  }),
  enforced_critical_options: map({
    default: {},
    description:
      'Type ca: critical options of every certificate for a user, whatever the request names, as JSON: force-command, source-address or verify-required.',
  }),
  default_extensions: map({
    default: {},
    description:
      'Type ca: extensions of a certificate whose request names none, as JSON, for example {"permit-pty": ""}. They need not be in allowed_extensions.',
  }),
  default_extensions_template: boolean({
    default: false,
    description: 'Type ca: whether the values of default_extensions may hold identity templates.',
  }),
  allow_user_certificates: boolean({
    default: false,
    required: 'for type ca, or allow_host_certificates',
    description: 'Type ca: whether certificates for users may be signed.',
  }),
  allow_host_certificates: boolean({
    default: false,
    required: 'for type ca, or allow_user_certificates',
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
      'Type ca: key id of the certificates, which sshd logs, with {{token_display_name}}, {{role_name}} and {{public_key_hash}}, the SHA-256 of the public key in hexadecimal. When left out, vault-{{token_display_name}}-{{public_key_hash}}.',
  }),
  allowed_user_key_lengths: map({
    default: {},
    description:
      'Type ca: key types that may be signed, each with its allowed sizes in bits, one or a list, as JSON. Sizes are exact, not the least. Types: rsa, ec (or ecdsa), ecdsa-sha2-nistp256, -nistp384, -nistp521, ed25519, sk-ssh-ed25519, sk-ecdsa-sha2-nistp256; the size counts for rsa and ec alone. When left out, every type, and RSA from 2048 bits.',
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
    description:
      'Type ca: whether a certificate may be without principals. Unsafe: some hosts take it for every user.',
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
