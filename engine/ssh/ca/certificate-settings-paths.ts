import { duration } from '../../../shared/field.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import { Table } from '../../storage/table.ts'
import type { Tx } from '../../storage/transact.ts'

/** Seconds for which an expired certificate stays in the inventory: 30 days. */
const KEEP = 2_592_000

/** An hour, as the least: hosts whose clocks are behind must still be told what is revoked. */
const LEAST = 3600

const settings = new Table<{ readonly keep: number }>('ca/')

const NAME = 'certificates'

/** Seconds for which an expired certificate stays in the inventory. */
export const inventoryKeep = async (tx: Tx): Promise<number> =>
  (await settings.get(tx, NAME))?.keep ?? KEEP

/** `config/certs`: how long certificates are kept in the inventory. */
export const certificateSettings = endpoint({
  path: 'config/certs',
  summary: 'Sets how long certificates are kept in the inventory.',
  description: 'Counts for certificates that are signed from now on.',
  fields: {
    keep_expired: duration({
      default: KEEP,
      description: 'How long a certificate is kept after it has expired. 30 days when left out.',
    }),
  },
  operations: {
    read: async function readCertificateSettings(_, { tx }) {
      return { data: { keep_expired: await inventoryKeep(tx) } }
    },
    update: async function writeCertificateSettings({ keep_expired: keep }, { tx }) {
      if (keep < LEAST)
        throw new ApiError('invalid', `keep_expired must be at least ${LEAST} seconds`)
      settings.put(tx, NAME, { keep })
      return undefined
    },
  },
})
