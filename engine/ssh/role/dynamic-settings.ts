import { boolean, duration, integer, lines, oneOf, string } from '../../../shared/field.ts'
import { LARGEST_RSA } from '../../openssh/key-parameters.ts'
import { INSTALL_SCRIPT } from './install-script.ts'
import { setting } from './role-setting.ts'

export const DEFAULT_KEY_BITS = 2048

/** The settings that only roles of type dynamic have. Contract §2.2. */
export const dynamicSettings = {
  key: setting(
    ['dynamic'],
    string({
      default: '',
      required: 'for type dynamic',
      description:
        'Type dynamic: name of the admin key, registered at keys/:name, that installs keys on the hosts.',
    }),
  ),
  admin_user: setting(
    ['dynamic'],
    string({
      default: '',
      required: 'for type dynamic',
      description:
        'Type dynamic: user that installs keys on the hosts: root, or a user that may run the script with sudo without a password.',
    }),
  ),
  key_bits: setting(
    ['dynamic'],
    integer({
      default: 0,
      description:
        'Type dynamic: size of RSA keys in bits: 1024 (weak), 2048, 3072 or 4096. The default is 2048; 8192 is treated as 4096.',
    }),
    { store: bits => Math.min(bits || DEFAULT_KEY_BITS, LARGEST_RSA) },
  ),
  key_algorithm: setting(
    ['dynamic'],
    oneOf(
      'rsa',
      'ed25519',
    )({
      default: 'rsa',
      description: 'Type dynamic: algorithm of the keys, "rsa" or "ed25519".',
    }),
  ),
  install_script: setting(
    ['dynamic'],
    string({
      default: '',
      description:
        'Type dynamic: script that installs and removes keys. It runs on the host with three arguments: "install" or "uninstall", a file with the line of the key, and the path of the authorized_keys file. The default is a built-in script.',
    }),
    {
      // a client that reads a role and writes it back keeps the built-in script
      store: script => (script === INSTALL_SCRIPT ? '' : script),
      show: script => script || INSTALL_SCRIPT,
    },
  ),
  install_timeout: setting(
    ['dynamic'],
    duration({
      default: 30,
      description: 'Type dynamic: time limit of the script, at most one minute.',
    }),
  ),
  key_option_specs: setting(
    ['dynamic'],
    string({
      default: '',
      description:
        'Type dynamic: comma separated authorized_keys options of installed keys, as in sshd(8), for example no-pty,from="10.0.0.0/8". cert-authority and principals are not allowed.',
    }),
  ),
  host_keys: setting(
    ['dynamic'],
    lines({
      default: [],
      description:
        'Type dynamic: public keys of the hosts, one per line. Hosts that present another key are refused.',
    }),
  ),
  known_hosts: setting(
    ['dynamic'],
    string({
      default: '',
      description:
        'Type dynamic: public keys of the hosts in known_hosts format, which binds each key to an address.',
    }),
  ),
  host_key_policy: setting(
    ['dynamic'],
    oneOf(
      'strict',
      'first-use',
    )({
      default: 'strict',
      description:
        'Type dynamic: what to do with hosts whose key is not known: "strict" refuses them, "first-use" trusts the first key and requires it from then on (TOFU).',
    }),
  ),
  require_expiry: setting(
    ['dynamic'],
    boolean({
      default: false,
      description:
        'Type dynamic: whether to refuse hosts whose SSH server does not support expiry-time, where keys stay valid until they are removed.',
    }),
    { shownWhenSet: ['dynamic'], isLater: true },
  ),
}
