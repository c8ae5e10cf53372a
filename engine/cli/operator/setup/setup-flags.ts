import { boolean, integer, list, string } from '../../../../shared/field.ts'
import type { Call } from '../../command.ts'

export const SETUP_FLAGS = {
  check: boolean({
    default: false,
    description: 'Change nothing: print what would be done, and what is in the way.',
  }),
  diff: boolean({
    default: false,
    description: 'With -check: also show how the configuration differs from the sample.',
  }),
  undo: boolean({
    default: false,
    description: 'Take back what this command has done. The storage and its keys are kept.',
  }),
  'delete-data': boolean({
    default: false,
    description: 'With -undo: also delete the storage, the audit log, the backups and all keys.',
  }),
  name: list({
    description:
      'Names and addresses of this machine, the first one as in the URL that hosts use. The default is its full name and all of its addresses.',
  }),
  permit: list({
    description:
      'Domains and blocks of addresses that the private CA may issue certificates for, besides those of this machine: for more engines with the same CA.',
  }),
  listen: string({ description: 'Host and port to listen on. The default is 0.0.0.0:8200.' }),
  'tls-cert': string({ description: 'Your own certificate, in PEM, instead of a private CA.' }),
  'tls-key': string({
    description: 'The key of -tls-cert. The user postern must be able to read it.',
  }),
  'tls-ca': string({ description: 'The CA that hosts verify -tls-cert with.' }),
  admin: string({ description: 'Name of the first administrator. Asked for by default.' }),
  'admin-password-file': string({
    description: 'File with the password of the administrator, or "-" for standard input.',
  }),
  'recovery-shares': integer({
    default: 5,
    description: 'Number of shares of the recovery key. The default is 5.',
  }),
  'recovery-threshold': integer({
    default: 3,
    description: 'Number of shares that make up the recovery key. The default is 3.',
  }),
  'non-interactive': boolean({ default: false, description: 'Never prompt.' }),
}

export type SetupCall = Call<typeof SETUP_FLAGS>
