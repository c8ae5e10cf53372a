import { boolean, duration, integer, oneOf, separated, string } from '../../../shared/field.ts'
import { OTP_FORMATS } from '../../../shared/otp.ts'
import { caSettings } from './ca-settings.ts'
import { dynamicSettings } from './dynamic-settings.ts'
import { KEY_TYPES } from './key-type.ts'
import { setting } from './role-setting.ts'

const SSH_PORT = 22

/** The kinds whose credentials are for one user on one host. */
const ON_HOSTS = ['otp', 'dynamic'] as const

/** All settings of roles, each declared once. Contract §2.2. */
export const roleSettings = {
  default_user: setting(
    KEY_TYPES,
    string({
      default: '',
      required: 'for types otp and dynamic',
      description:
        'User that credentials are issued for if the request names none. For type ca, the user must also be in allowed_users.',
    }),
  ),
  default_user_template: setting(
    KEY_TYPES,
    boolean({
      default: false,
      description: 'Whether default_user may contain identity templates.',
    }),
    { shownWhenSet: ON_HOSTS, isLater: true },
  ),
  cidr_list: setting(
    ON_HOSTS,
    separated({
      default: '',
      description:
        'Types otp and dynamic: comma separated CIDR blocks that credentials may be issued for, at most 1000. Without it, only a zero-address role can issue credentials. Addresses that many hosts have, such as 127.0.0.1, must be in a block of only such addresses.',
    }),
  ),
  exclude_cidr_list: setting(
    ON_HOSTS,
    separated({
      default: '',
      description:
        'Types otp and dynamic: comma separated CIDR blocks to exclude from cidr_list. Zero-address roles ignore them.',
    }),
  ),
  hosts: setting(
    ['otp'],
    separated({
      default: '',
      description:
        'Type otp: comma separated names of enrolled hosts that passwords may be issued for, in place of addresses; "*" in a name is any text.',
    }),
    { store: names => names.toLowerCase(), shownWhenSet: ['otp'], isLater: true },
  ),
  host_groups: setting(
    ['otp'],
    separated({
      default: '',
      description:
        'Type otp: comma separated groups whose enrolled hosts passwords may be issued for; "*" is any text.',
    }),
    { store: names => names.toLowerCase(), shownWhenSet: ['otp'], isLater: true },
  ),
  port: setting(
    ON_HOSTS,
    integer({
      default: 0,
      description:
        'Types otp and dynamic: port of the SSH server. The default is 22. For type otp, it is only returned to the client.',
    }),
    { store: port => port || SSH_PORT },
  ),
  allowed_users: setting(
    KEY_TYPES,
    separated({
      default: '',
      description:
        'Comma separated users that credentials may be issued for; "*" allows all, including root. For types otp and dynamic, default_user is always allowed. For type ca, no user is allowed if this is empty.',
    }),
  ),
  allowed_users_template: setting(
    KEY_TYPES,
    boolean({
      default: false,
      description: 'Whether allowed_users may contain identity templates.',
    }),
    { shownWhenSet: ON_HOSTS, isLater: true },
  ),
  ttl: setting(
    KEY_TYPES,
    duration({
      default: 0,
      description:
        'Lifetime of credentials. The default is the default lease TTL of the mount; for type otp it is 10 minutes if the mount has none.',
    }),
    { shownWhenSet: ON_HOSTS },
  ),
  max_ttl: setting(
    KEY_TYPES,
    duration({
      default: 0,
      description:
        'Maximum lifetime of credentials. The default is the maximum lease TTL of the mount. For type ca, it may exceed that maximum.',
    }),
    { shownWhenSet: ON_HOSTS },
  ),
  otp_format: setting(
    ['otp'],
    oneOf(...OTP_FORMATS)({
      default: 'uuid',
      description:
        'Type otp: format of the one-time passwords: "uuid", or "base32", which is shorter to type: three groups of six letters and digits, the last of which is a check character. Hosts must allow base32 in otp_formats of their helper.toml; the helper of Vault takes only UUIDs.',
    }),
    { shownWhenSet: ['otp'], isLater: true },
  ),
  ...caSettings,
  ...dynamicSettings,
}
