import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'

/** Where OpenBao stores shares encrypted with PGP. Here there are never any: new shares are returned once, in the response to the last old share. */
export const rekeyBackup = [
  'rekey/backup',
  'rekey/recovery-key-backup',
  'rotate/root/backup',
  'rotate/recovery/backup',
].map(path =>
  endpoint({
    path,
    summary: 'Reads or deletes the backup of new shares, which never exists.',
    description: 'Shares are not encrypted with PGP, and are never stored.',
    fields: {},
    operations: {
      read: async function readRekeyBackup() {
        throw new ApiError('invalid', 'no backed-up keys found')
      },
      delete: async function deleteRekeyBackup() {
        return undefined
      },
    },
  }),
)
