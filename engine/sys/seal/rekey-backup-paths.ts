import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'

/** Where OpenBao keeps shares that it has encrypted with PGP. There are never any: shares are shown once, to who brings the last old one. */
export const rekeyBackup = [
  'rekey/backup',
  'rekey/recovery-key-backup',
  'rotate/root/backup',
  'rotate/recovery/backup',
].map(path =>
  endpoint({
    path,
    summary: 'Shows or deletes a backup of new shares, of which there is none.',
    description: 'Shares are not encrypted with PGP, and are kept nowhere.',
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
