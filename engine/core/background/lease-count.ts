import { stuckLeases } from '../../lease/leases.ts'
import { transact } from '../../storage/transact.ts'
import type { Core } from '../core.ts'
import { leasePages } from './lease-pages.ts'

/** Milliseconds for which a count is used at least. */
const MIN_AGE = 60_000

/** A count is used for so many times as long as it took: counting reads the ids of all leases. */
const SHARE = 100

/** Counts the leases in a store, at most once a minute, and with at most a hundredth of the time of this process. */
export function leaseCounter(store: Core['store']): () => Promise<number> {
  let [count, goodUntil] = [0, Number.NEGATIVE_INFINITY]
  let counting: Promise<number> | undefined
  const recount = async () => {
    const begun = performance.now()
    let found = 0
    for await (const ids of leasePages(store, '')) found += ids.length
    const now = performance.now()
    ;[count, goodUntil] = [found, now + Math.max(MIN_AGE, SHARE * (now - begun))]
    return count
  }
  return async () => {
    if (performance.now() < goodUntil) return count
    counting ??= recount().finally(() => {
      counting = undefined
    })
    return counting
  }
}

/** Adds gauges of leases to the metrics. */
export function countLeases({ metrics, store }: Core, count: () => Promise<number>): void {
  metrics.storeGauge('postern_leases', 'Leases in the store, counted at most once a minute.', count)
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
