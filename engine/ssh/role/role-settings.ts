import { boolean, duration, integer, separated, string } from '../../../shared/field.ts'
import { caSettings } from './ca-settings.ts'
import { dynamicSettings } from './dynamic-settings.ts'
import { KEY_TYPES } from './key-type.ts'
import { setting } from './role-setting.ts'

const SSH_PORT = 22

/** The kinds whose credentials are for one user at one address. */
const ON_HOSTS = ['otp', 'dynamic'] as const

/** All that roles say: each thing is declared here, and nowhere else. Contract §2.2. */
export const roleSettings = {
  default_user: setting(
    KEY_TYPES,
    string({
      default: '',
      required: 'for types otp and dynamic',
      description:
        'User that a credential is made for when the request names none. A role of type ca signs for it only if allowed_users has it, too.',
    }),
  ),
  default_user_template: setting(
    KEY_TYPES,
    boolean({
      default: false,
      description: 'Whether default_user may hold identity templates.',
    }),
    { shownWhenSet: ON_HOSTS, isLater: true },
  ),
  cidr_list: setting(
    ON_HOSTS,
    separated({
      default: '',
      description:
        'Types otp and dynamic: comma separated blocks of addresses that credentials may be made for, 1000 at the most. Without it only a zero-address role can make any. Addresses that many hosts have, such as 127.0.0.1, need a block that holds only such addresses.',
    }),
  ),
  exclude_cidr_list: setting(
    ON_HOSTS,
    separated({
      default: '',
      description:
        'Types otp and dynamic: comma separated blocks that are taken out of cidr_list. A zero-address role does not heed them.',
    }),
  ),
  port: setting(
    ON_HOSTS,
    integer({
      default: 0,
      description:
        'Types otp and dynamic: port of the SSH server, 22 when left out. For one-time passwords it is only told to the client.',
    }),
    { store: port => port || SSH_PORT },
  ),
  allowed_users: setting(
    KEY_TYPES,
    separated({
      default: '',
      description:
        'Comma separated users that credentials may be made for; "*" allows all, root too. When empty: for types otp and dynamic default_user alone, which need not be listed; for type ca nobody.',
    }),
  ),
  allowed_users_template: setting(
    KEY_TYPES,
    boolean({
      default: false,
      description: 'Whether allowed_users may hold identity templates.',
    }),
    { shownWhenSet: ON_HOSTS, isLater: true },
  ),
  ttl: setting(
    KEY_TYPES,
    duration({
      default: 0,
      description:
        'How long a credential lives. When left out, the default lease time of the mount; one-time passwords live 10 minutes where nobody has set one.',
    }),
    { shownWhenSet: ON_HOSTS },
  ),
  max_ttl: setting(
    KEY_TYPES,
    duration({
      default: 0,
      description:
        'How long a credential may live at the most. The maximum of the mount when left out; for certificates it may also be more than that.',
    }),
    { shownWhenSet: ON_HOSTS },
  ),
  ...caSettings,
  ...dynamicSettings,
}
