import { boolean, duration, map, separated, string } from '../../../shared/field.ts'
import { keyLengths } from './key-lengths.ts'
import { setting } from './role-setting.ts'

/** The settings that only roles of type ca have. Contract §2.2. */
export const caSettings = {
  allowed_domains: setting(
    ['ca'],
    separated({
      default: '',
      description:
        'Type ca: comma separated domains that host certificates may be issued for, with allow_bare_domains or allow_subdomains; "*" allows all names. If empty, no host name is allowed.',
    }),
  ),
  allowed_domains_template: setting(
    ['ca'],
    boolean({
      default: false,
      description: 'Type ca: whether allowed_domains may contain identity templates.',
    }),
  ),
  allowed_critical_options: setting(
    ['ca'],
    separated({
      default: '',
      description:
        'Type ca: comma separated critical options that requests may set. If empty, all are allowed; use enforced_critical_options for options that every certificate must have.',
    }),
  ),
  allowed_extensions: setting(
    ['ca'],
    separated({
      default: '',
      description:
        'Type ca: comma separated extensions that requests may set; "*" allows all. If empty, none is allowed.',
    }),
  ),
  default_critical_options: setting(
    ['ca'],
    map({
      default: {},
      description:
        'Type ca: critical options of user certificates whose request sets none, as JSON. Requests can replace them.',
    }),
  ),
  enforced_critical_options: setting(
    ['ca'],
    map({
      default: {},
      description:
        'Type ca: critical options of all user certificates, whatever the request sets, as JSON: force-command, source-address or verify-required.',
    }),
    { shownWhenSet: ['ca'], isLater: true },
  ),
  default_extensions: setting(
    ['ca'],
    map({
      default: {},
      description:
        'Type ca: extensions of certificates whose request sets none, as JSON, for example {"permit-pty": ""}. They need not be in allowed_extensions.',
    }),
  ),
  default_extensions_template: setting(
    ['ca'],
    boolean({
      default: false,
      description:
        'Type ca: whether the values of default_extensions may contain identity templates.',
    }),
  ),
  allow_user_certificates: setting(
    ['ca'],
    boolean({
      default: false,
      required: 'for type ca, or allow_host_certificates',
      description: 'Type ca: whether user certificates may be signed.',
    }),
  ),
  allow_host_certificates: setting(
    ['ca'],
    boolean({
      default: false,
      required: 'for type ca, or allow_user_certificates',
      description: 'Type ca: whether host certificates may be signed.',
    }),
  ),
  allow_bare_domains: setting(
    ['ca'],
    boolean({
      default: false,
      description: 'Type ca: whether a host certificate may be for an allowed domain itself.',
    }),
  ),
  allow_subdomains: setting(
    ['ca'],
    boolean({
      default: false,
      description:
        'Type ca: whether a host certificate may be for a subdomain of an allowed domain.',
    }),
  ),
  allow_user_key_ids: setting(
    ['ca'],
    boolean({
      default: false,
      description: 'Type ca: whether requests may set the key id.',
    }),
  ),
  key_id_format: setting(
    ['ca'],
    string({
      default: '',
      description:
        'Type ca: format of the key id, which sshd logs. It may contain {{token_display_name}}, {{role_name}} and {{public_key_hash}}, the SHA-256 of the public key in hexadecimal. The default is vault-{{token_display_name}}-{{public_key_hash}}.',
    }),
  ),
  allowed_user_key_lengths: setting(
    ['ca'],
    map({
      default: {},
      description:
        'Type ca: key types that may be signed, each with one or a list of allowed sizes in bits, as JSON. Sizes are exact, not minimums, and only matter for rsa and ec. Types: rsa, ec (or ecdsa), ecdsa-sha2-nistp256, -nistp384, -nistp521, ed25519, sk-ssh-ed25519, sk-ecdsa-sha2-nistp256. The default allows all types, and RSA keys of at least 2048 bits.',
    }),
    { store: keyLengths },
  ),
  algorithm_signer: setting(
    ['ca'],
    string({
      default: '',
      description:
        'Type ca: signature algorithm of an RSA issuer: "default", "rsa-sha2-256", "rsa-sha2-512" or "ssh-rsa". "ssh-rsa" uses SHA-1, which OpenSSH 8.2 and later refuse.',
    }),
    { store: name => name || 'default' },
  ),
  not_before_duration: setting(
    ['ca'],
    duration({
      default: 30,
      description: 'Type ca: how far certificates are backdated, to allow for clock differences.',
    }),
  ),
  allow_commas_in_identity_templates: setting(
    ['ca'],
    boolean({
      default: false,
      description: 'Type ca: whether values filled into templates may contain commas.',
    }),
  ),
  allow_empty_principals: setting(
    ['ca'],
    boolean({
      default: false,
      description:
        'Type ca: whether certificates without principals may be signed. Unsafe: some hosts accept them for every user.',
    }),
  ),
  issuer_ref: setting(
    ['ca'],
    string({
      default: 'default',
      description: 'Type ca: name or id of the issuer that signs.',
    }),
    { store: name => name || 'default' },
  ),
  fido_verify_required: setting(
    ['ca'],
    boolean({
      default: false,
      description:
        'Type ca: whether certificates for FIDO keys require user verification, by PIN or fingerprint, at every login.',
    }),
  ),
  fido_no_touch_required: setting(
    ['ca'],
    boolean({
      default: false,
      description: 'Type ca: whether certificates for FIDO keys work without a touch.',
    }),
  ),
}
