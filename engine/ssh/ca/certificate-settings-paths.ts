import { duration } from '../../../shared/field.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import { Table } from '../../storage/table.ts'
import type { Tx } from '../../storage/transact.ts'

/** Seconds for which an expired certificate stays in the inventory: 30 days. */
const KEEP = 2_592_000

/** At least an hour: hosts whose clocks are slow must still learn what is revoked. */
const LEAST = 3600

const settings = new Table<{ readonly keep: number }>('ca/', { cached: true })

const NAME = 'certificates'

/** Seconds for which an expired certificate stays in the inventory. */
export const inventoryKeep = async (tx: Tx): Promise<number> =>
  (await settings.get(tx, NAME))?.keep ?? KEEP

/** `config/certs`: how long certificates are kept in the inventory. */
export const certificateSettings = endpoint({
  path: 'config/certs',
  summary: 'Configures how long expired certificates stay in the inventory.',
  description: 'Applies to certificates that are signed afterwards.',
  fields: {
    keep_expired: duration({
      default: KEEP,
      description: 'How long a certificate is kept after it has expired. The default is 30 days.',
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
