import { duration, integer, string } from '../../../../shared/field.ts'
import type { Call } from '../../command.ts'

/** The flags that a block of the configuration gives to the check. */
export const CHECK_FLAGS = {
  directory: string({ description: 'Directory of sockets, certificates and notes.', default: '' }),
  'max-sessions': integer({ description: 'Sessions of one connection.', default: 10 }),
  persist: duration({ description: 'How long a connection stays open.', default: 60 }),
  role: string({ description: 'Role.' }),
  mode: string({ description: 'Kind of credential.' }),
  'mount-point': string({ description: 'Path of the SSH engine.', default: 'ssh' }),
  'public-key-path': string({ description: 'Public key file.' }),
  'host-key-mount-point': string({ description: 'Path of the CA of host keys.' }),
  'host-key-hostnames': string({ description: 'Names that it is trusted for.', default: '*' }),
  'known-hosts': string({ description: 'File for the CA of host keys.' }),
}

export type CheckCall = Call<typeof CHECK_FLAGS>
