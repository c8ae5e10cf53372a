import { stuckLeases } from '../../lease/leases.ts'
import { transact } from '../../storage/transact.ts'
import type { Core } from '../core.ts'
import { leasePages } from './lease-pages.ts'

/** Milliseconds for which a count is reused: counting reads all lease ids. */
const MAX_AGE = 60_000

/** Adds gauges of leases to the metrics. */
export function countLeases(core: Core): void {
  const { metrics, store } = core
  let [count, counted] = [0, Number.NEGATIVE_INFINITY]
  metrics.storeGauge('postern_leases', 'Leases in the store, counted once a minute.', async () => {
    if (performance.now() - counted < MAX_AGE) return count
    let found = 0
    for await (const ids of leasePages(store, '')) found += ids.length
    ;[count, counted] = [found, performance.now()]
    return count
  })
  metrics.storeGauge(
    'postern_leases_failing',
    'Leases that could not be revoked yet and are retried.',
    async () => (await transact(store, tx => stuckLeases(tx, 'failing'))).length,
  )
  metrics.storeGauge(
    'postern_leases_irrevocable',
    'Leases that could not be revoked and are no longer retried.',
    async () => (await transact(store, tx => stuckLeases(tx, 'irrevocable'))).length,
  )
}
