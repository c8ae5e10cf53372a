import { type Assumptions, TIMERS, timerRate } from './assumptions.ts'
import type { Costs } from './costs.ts'

const DAY = 86_400

/** One kind of request, of all hosts together. */
export interface Traffic {
  readonly name: string
  /** Requests a second: the mean of a day, and in the busiest hour. */
  readonly mean: number
  readonly peak: number
  /** What one costs: microseconds of a node, commits of the database, bytes of the audit log and on the wire. */
  readonly cpu: number
  readonly commits: number
  readonly audit: number
  readonly wire: number
}

/** Every kind of request that a fleet makes. */
export function trafficOf(assumed: Assumptions, costs: Costs): readonly Traffic[] {
  const { hosts, logins, peak } = assumed
  const rate = (hosts * logins) / DAY
  const login = { mean: rate, peak: rate * peak, audit: costs.audit, wire: costs.wire }
  return [
    { name: 'passwords issued', ...login, cpu: costs.issue, commits: 1 },
    { name: 'verify', ...login, cpu: costs.verify, commits: 1 },
    // what is redeemed ends its lease in the same commit; the rest expires, at most one commit each
    { name: 'leases that expire', ...expiring(login), cpu: costs.issue, commits: 1 },
    ...polls(assumed, costs),
    lists(assumed, costs),
  ]
}

/** One password in twenty is never used. */
const UNUSED = 0.05

const expiring = ({ mean, peak }: { readonly mean: number; readonly peak: number }) => ({
  ...{ mean: mean * UNUSED, peak: peak * UNUSED, audit: 0, wire: 0 },
})

/** The timers of hosts. They are also the heartbeats: the node notes in memory that a host is there, and writes once a minute. */
function polls({ hosts }: Assumptions, costs: Costs): readonly Traffic[] {
  return Object.entries(TIMERS).map(([name, timer]) => {
    const rate = hosts * timerRate(timer)
    return {
      ...{ name: `${name} of hosts`, mean: rate, peak: rate, cpu: costs.poll, commits: 0 },
      ...{ audit: costs.polled, wire: costs.wire },
    }
  })
}

/** Each change of the KRL is fetched by every host within two intervals of its timer; the node answers the poll with the list. */
function lists(assumed: Assumptions, costs: Costs): Traffic {
  const { hosts } = assumed
  const mean = (hosts * assumed['krl-changes']) / DAY
  const peak = hosts * timerRate(TIMERS.krl)
  const wire = assumed['krl-bytes']
  return { name: 'changed KRL', mean, peak, cpu: costs.small, commits: 0, audit: 0, wire }
}

/** The sum over all kinds of what they cost a second, in the busiest hour or as the mean of a day. */
export const sumOf = (
  traffic: readonly Traffic[],
  what: 'cpu' | 'commits' | 'audit' | 'wire',
  when: 'mean' | 'peak',
): number => traffic.reduce((sum, each) => sum + each[when] * each[what], 0)
