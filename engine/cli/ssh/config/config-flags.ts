import { boolean, duration, integer, string } from '../../../../shared/field.ts'
import { KEY_TYPES } from '../../../ssh/role/key-type.ts'
import type { Call } from '../../command.ts'
import { choice } from '../../flags.ts'

/** The flags of `ssh-config`. */
export const CONFIG_FLAGS = {
  host: string({
    description:
      'Patterns of the host names that get a credential, as typed after ssh: "*.example.com,!db.example.com". As in the configuration of ssh.',
  }),
  role: string({
    description:
      'Role to log in with. The default is, for each host, the only role that covers it.',
  }),
  user: string({ description: 'User to log in as. The default is what ssh does.' }),
  mode: choice(...KEY_TYPES)({
    description:
      'Kind of credential: "otp", "ca" or "dynamic", as in "postern ssh". The default is that of the role.',
  }),
  'mount-point': string({ description: 'Path of the SSH secrets engine.', default: 'ssh' }),
  'host-key-mount-point': string({
    description:
      'Path of the SSH secrets engine whose CA signs host keys, which ssh then trusts as well. Environment: POSTERN_SSH_HOST_KEY_MOUNT_POINT.',
  }),
  'host-key-hostnames': string({
    description: 'Patterns of host names that this CA is trusted for, as in known_hosts.',
    default: '*',
  }),
  'public-key-path': string({
    description:
      'With certificates: public key file to sign. The default is the usual key in ~/.ssh, or one of the agent.',
  }),
  persist: duration({
    description: 'How long a shared connection stays open without a session.',
    default: 60,
  }),
  'max-sessions': integer({
    description:
      'Sessions of one connection at the most; one more gets another connection. Fewer where MaxSessions of a host is lower.',
    default: 10,
  }),
  print: boolean({ description: 'Print the block, and change no file.', default: false }),
  remove: boolean({
    description: 'Remove the block of -host, or without it everything, and close the connections.',
    default: false,
  }),
  config: string({ description: 'Configuration of ssh to change. The default is ~/.ssh/config.' }),
}

/** A run of `ssh-config`. */
export type ConfigCall = Call<typeof CONFIG_FLAGS>
