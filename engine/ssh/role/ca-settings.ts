import { boolean, duration, map, separated, string } from '../../../shared/field.ts'
import { keyLengths } from './key-lengths.ts'
import { setting } from './role-setting.ts'

/** What only roles of type ca say. Contract §2.2. */
export const caSettings = {
  allowed_domains: setting(
    ['ca'],
    separated({
      default: '',
      description:
        'Type ca: comma separated domains that host certificates may be made for, with allow_bare_domains or allow_subdomains; "*" allows all names. None when empty.',
    }),
  ),
  allowed_domains_template: setting(
    ['ca'],
    boolean({
      default: false,
      description: 'Type ca: whether allowed_domains may hold identity templates.',
    }),
  ),
  allowed_critical_options: setting(
    ['ca'],
    separated({
      default: '',
      description:
        'Type ca: comma separated critical options that may be asked for. Any when empty, so what must be in every certificate goes into enforced_critical_options.',
    }),
  ),
  allowed_extensions: setting(
    ['ca'],
    separated({
      default: '',
      description:
        'Type ca: comma separated extensions that may be asked for; "*" allows all. None when empty.',
    }),
  ),
  default_critical_options: setting(
    ['ca'],
    map({
      default: {},
      description:
        'Type ca: critical options of a certificate for a user whose request names none, as JSON. No limit: a request can name others.',
    }),
  ),
  enforced_critical_options: setting(
    ['ca'],
    map({
      default: {},
      description:
        'Type ca: critical options of every certificate for a user, whatever the request names, as JSON: force-command, source-address or verify-required.',
    }),
    { shownWhenSet: ['ca'], isLater: true },
  ),
  default_extensions: setting(
    ['ca'],
    map({
      default: {},
      description:
        'Type ca: extensions of a certificate whose request names none, as JSON, for example {"permit-pty": ""}. They need not be in allowed_extensions.',
    }),
  ),
  default_extensions_template: setting(
    ['ca'],
    boolean({
      default: false,
      description: 'Type ca: whether the values of default_extensions may hold identity templates.',
    }),
  ),
  allow_user_certificates: setting(
    ['ca'],
    boolean({
      default: false,
      required: 'for type ca, or allow_host_certificates',
      description: 'Type ca: whether certificates for users may be signed.',
    }),
  ),
  allow_host_certificates: setting(
    ['ca'],
    boolean({
      default: false,
      required: 'for type ca, or allow_user_certificates',
      description: 'Type ca: whether certificates for hosts may be signed.',
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
      description: 'Type ca: whether a request may choose the key id.',
    }),
  ),
  key_id_format: setting(
    ['ca'],
    string({
      default: '',
      description:
        'Type ca: key id of the certificates, which sshd logs, with {{token_display_name}}, {{role_name}} and {{public_key_hash}}, the SHA-256 of the public key in hexadecimal. When left out, vault-{{token_display_name}}-{{public_key_hash}}.',
    }),
  ),
  allowed_user_key_lengths: setting(
    ['ca'],
    map({
      default: {},
      description:
        'Type ca: key types that may be signed, each with its allowed sizes in bits, one or a list, as JSON. Sizes are exact, not the least. Types: rsa, ec (or ecdsa), ecdsa-sha2-nistp256, -nistp384, -nistp521, ed25519, sk-ssh-ed25519, sk-ecdsa-sha2-nistp256; the size counts for rsa and ec alone. When left out, every type, and RSA from 2048 bits.',
    }),
    { store: keyLengths },
  ),
  algorithm_signer: setting(
    ['ca'],
    string({
      default: '',
      description:
        'Type ca: signature algorithm of an RSA CA: "default", "rsa-sha2-256", "rsa-sha2-512" or "ssh-rsa", which is SHA-1: OpenSSH 8.2 and later refuse it.',
    }),
    { store: name => name || 'default' },
  ),
  not_before_duration: setting(
    ['ca'],
    duration({
      default: 30,
      description: 'Type ca: by how much a certificate is dated back, for clocks that differ.',
    }),
  ),
  allow_commas_in_identity_templates: setting(
    ['ca'],
    boolean({
      default: false,
      description: 'Type ca: whether a value put into a template may hold a comma.',
    }),
  ),
  allow_empty_principals: setting(
    ['ca'],
    boolean({
      default: false,
      description:
        'Type ca: whether a certificate may be without principals. Unsafe: some hosts take it for every user.',
    }),
  ),
  issuer_ref: setting(
    ['ca'],
    string({
      default: 'default',
      description: 'Type ca: the issuer that signs, by name or id.',
    }),
    { store: name => name || 'default' },
  ),
  fido_verify_required: setting(
    ['ca'],
    boolean({
      default: false,
      description:
        'Type ca: whether a certificate for a FIDO key demands that the key is unlocked with its PIN or a finger at every login.',
    }),
  ),
  fido_no_touch_required: setting(
    ['ca'],
    boolean({
      default: false,
      description: 'Type ca: whether a certificate for a FIDO key works without a touch.',
    }),
  ),
}
