import { KeptTable, Missing } from '../storage/kept-table.ts'
import type { Tx } from '../storage/transact.ts'

/** A rate limit for each source below a path. As `sys/quotas/rate-limit` of Vault. */
export interface Quota {
  readonly name: string
  /** A mount, or a path or the beginning of one in it, without `/` at its end; empty for all. */
  readonly path: string
  /** The path as it was written, for replies; absent in quotas of older versions. */
  readonly writtenPath?: string
  /** Requests per `interval`, in seconds. */
  readonly rate: number
  readonly interval: number
  /** Seconds for which a source that exceeded the rate is blocked; 0 for none. */
  readonly blockInterval: number
  /** As it was written; absent in quotas of older versions. */
  readonly inheritable?: boolean
}

const table = new KeptTable<Quota>('core/quota/', {
  record: 'core/quota-names',
  // the whole quota, so that it applies even if its row is deleted from the storage
  remember: quota => quota,
})

export async function findQuota(tx: Tx, name: string): Promise<Quota | undefined> {
  try {
    return await table.get(tx, name)
  } catch (error) {
    if (error instanceof Missing) return error.remembered as Quota
    throw error
  }
}

export const putQuota = (tx: Tx, quota: Quota): Promise<void> => table.put(tx, quota.name, quota)

export const deleteQuota = (tx: Tx, name: string): Promise<void> => table.delete(tx, name)

/** Records the names of quotas that an older version has stored. */
export const keepQuotas = (tx: Tx): Promise<void> => table.keep(tx)

/** All quotas, sorted by name. */
export async function allQuotas(tx: Tx): Promise<readonly Quota[]> {
  const quotas: Quota[] = []
  for (const name of await table.list(tx)) {
    const quota = await findQuota(tx, name)
    if (quota) quotas.push(quota)
  }
  return quotas
}
