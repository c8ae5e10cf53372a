import type { Assumptions } from './assumptions.ts'
import { layoutsOf, resourcesOf } from './capacity.ts'
import type { Costs } from './costs.ts'
import { meanWait, timeToDrain } from './queue.ts'
import { drainTime, simulateStorm } from './storm.ts'
import { sumOf, trafficOf } from './traffic.ts'

/** A storm as the formula and the simulation have it. Seconds. */
interface StormRow {
  readonly hosts: number
  readonly spread: number
  readonly formula: number
  readonly simulated: number
  readonly p50: number
  readonly p99: number
  readonly failures: number
  readonly connections: number
}

/** All that the model says. */
export const reportOf = (assumed: Assumptions, costs: Costs) => ({
  assumed,
  costs,
  traffic: trafficOf(assumed, costs),
  resources: resourcesOf(assumed, costs),
  layouts: layoutsOf(assumed, costs),
  waits: waitsOf(costs),
  outages: outagesOf(assumed, costs),
  storms: stormsOf(assumed, costs),
})

export type Report = ReturnType<typeof reportOf>

const UTILISATIONS = [0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99]

/** Milliseconds that a verify waits for a node, by how busy that is. */
const waitsOf = ({ verify }: Costs) =>
  UTILISATIONS.map(utilisation => ({
    utilisation,
    milliseconds: meanWait(utilisation, verify / 1e6) * 1000,
  }))

const OUTAGES = [60, 600, 3600]

/** Seconds in which the nodes that one mount needs work off the logins of an outage, beside the traffic of the busiest hour, if nobody gives up. */
function outagesOf(assumed: Assumptions, costs: Costs) {
  const traffic = trafficOf(assumed, costs)
  const [{ nodes } = { nodes: 1 }] = layoutsOf(assumed, costs)
  const waiting = traffic.find(({ name }) => name === 'verify')?.peak ?? 0
  // the whole traffic, as if it were verifies
  const rate = sumOf(traffic, 'cpu', 'peak') / costs.verify
  const capacity = (nodes * 1e6) / costs.verify
  return OUTAGES.map(seconds => {
    const backlog = waiting * seconds
    return { seconds, backlog, drain: timeToDrain(backlog, rate, capacity) }
  })
}

const STORMS = [1000, 10_000, 100_000]
/** Hosts of the largest storm that is played: a larger one has the formula only. */
const PLAYED = 20_000

function stormsOf(
  { nodes, spread, retry, seed }: Assumptions,
  { verify, closed }: Costs,
): readonly StormRow[] {
  return STORMS.flatMap(all =>
    [0, spread].map(within => {
      const hosts = Math.ceil(all / nodes)
      const storm = { hosts, spread: within, cost: verify, closed, retry, seed }
      const formula = drainTime(storm)
      if (hosts > PLAYED) return { ...UNPLAYED, hosts: all, spread: within, formula }
      const { until, ...played } = simulateStorm(storm)
      return { hosts: all, spread: within, formula, simulated: until, ...played }
    }),
  )
}

const UNPLAYED = {
  simulated: Number.NaN,
  p50: Number.NaN,
  p99: Number.NaN,
  failures: Number.NaN,
  connections: Number.NaN,
}
