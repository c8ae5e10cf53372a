import { KeptTable, Missing } from '../storage/kept-table.ts'
import type { Tx } from '../storage/transact.ts'

/** How many requests below a path each source may make. As `sys/quotas/rate-limit` of Vault. */
export interface Quota {
  readonly name: string
  /** A mount, or a path or the beginning of one in it, without `/` at its end; empty for all. */
  readonly path: string
  /** The path as it was written, for replies; absent in quotas of older versions. */
  readonly writtenPath?: string
  /** Requests in `interval`, which are seconds. */
  readonly rate: number
  readonly interval: number
  /** Seconds for which a source that was refused is refused everything; 0 for not. */
  readonly blockInterval: number
  /** As it was written; absent in quotas of older versions. */
  readonly inheritable?: boolean
}

const table = new KeptTable<Quota>('core/quota/', {
  record: 'core/quota-names',
  // all of it, so that a quota counts although somebody has deleted it from the storage
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

/** Writes down which quotas an older version has stored. */
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
