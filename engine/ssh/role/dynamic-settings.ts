import { boolean, duration, integer, lines, oneOf, string } from '../../../shared/field.ts'
import { LARGEST_RSA } from '../../openssh/key-parameters.ts'
import { INSTALL_SCRIPT } from './install-script.ts'
import { setting } from './role-setting.ts'

export const DEFAULT_KEY_BITS = 2048

/** What only roles of type dynamic say. Contract §2.2. */
export const dynamicSettings = {
  key: setting(
    ['dynamic'],
    string({
      default: '',
      required: 'for type dynamic',
      description:
        'Type dynamic: name of the registered key, at keys/:name, that installs keys on the hosts.',
    }),
  ),
  admin_user: setting(
    ['dynamic'],
    string({
      default: '',
      required: 'for type dynamic',
      description:
        'Type dynamic: user that installs keys on the hosts: root, or one that may run the script with sudo without a password.',
    }),
  ),
  key_bits: setting(
    ['dynamic'],
    integer({
      default: 0,
      description:
        'Type dynamic: size of the RSA keys: 1024, which is weak, 2048, 3072 or 4096. 2048 when left out; 8192 is taken for 4096.',
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
        'Type dynamic: script that installs and removes a key. It is run on the host with "install" or "uninstall", a file that holds the line of the key, and the path of the authorized_keys file. A built-in one when left out.',
    }),
    {
      // what a read has shown, written back, is still the built-in one
      store: script => (script === INSTALL_SCRIPT ? '' : script),
      show: script => script || INSTALL_SCRIPT,
    },
  ),
  install_timeout: setting(
    ['dynamic'],
    duration({
      default: 30,
      description: 'Type dynamic: how long the script may take, up to a minute.',
    }),
  ),
  key_option_specs: setting(
    ['dynamic'],
    string({
      default: '',
      description:
        'Type dynamic: comma separated options of an installed key, as sshd(8) has them for authorized_keys, for example no-pty,from="10.0.0.0/8". Not cert-authority and principals.',
    }),
  ),
  host_keys: setting(
    ['dynamic'],
    lines({
      default: [],
      description:
        'Type dynamic: public keys of the hosts, a line for each. A host that shows none of them is refused.',
    }),
  ),
  known_hosts: setting(
    ['dynamic'],
    string({
      default: '',
      description:
        'Type dynamic: public keys of the hosts in the form of known_hosts, which binds each key to an address.',
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
        'Type dynamic: what becomes of a host whose key nobody has told: "strict" refuses it, "first-use" believes it once and remembers its key.',
    }),
  ),
  require_expiry: setting(
    ['dynamic'],
    boolean({
      default: false,
      description:
        'Type dynamic: whether a host is refused whose SSH server knows no expiry-time, so that keys end there only when they are removed.',
    }),
    { shownWhenSet: ['dynamic'], isLater: true },
  ),
}
