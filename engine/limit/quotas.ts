import { Table } from '../storage/table.ts'
import type { Tx } from '../storage/transact.ts'

/** How many requests below a path each source may make. As `sys/quotas/rate-limit` of Vault. */
export interface Quota {
  readonly name: string
  /** A mount, or a path or the beginning of one in it, without `/` at its end; empty for all. */
  readonly path: string
  /** Requests in `interval`, which are seconds. */
  readonly rate: number
  readonly interval: number
  /** Seconds for which a source that was refused is refused everything; 0 for not. */
  readonly blockInterval: number
}

const table = new Table<Quota>('core/quota/')

export const findQuota = (tx: Tx, name: string): Promise<Quota | undefined> => table.get(tx, name)

export const putQuota = (tx: Tx, quota: Quota): void => table.put(tx, quota.name, quota)

export const deleteQuota = (tx: Tx, name: string): void => table.delete(tx, name)

/** All quotas, sorted by name. */
export async function allQuotas(tx: Tx): Promise<readonly Quota[]> {
  const quotas: Quota[] = []
  for (const name of await table.list(tx)) {
    const quota = await table.get(tx, name)
    if (quota) quotas.push(quota)
  }
  return quotas
}
