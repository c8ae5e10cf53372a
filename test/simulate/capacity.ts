import type { Assumptions } from './assumptions.ts'
import type { Costs } from './costs.ts'
import { sumOf, type Traffic, trafficOf } from './traffic.ts'

/** What a fleet needs of a resource, and what there is. */
export interface Resource {
  readonly name: string
  readonly need: number
  readonly have: number
  readonly unit: string
  /** The part of it that is in use in the busiest hour. */
  readonly used: number
  /** Hosts with which as much of it is in use as may be. */
  readonly hosts: number
}

const DAY = 86_400

/** Connections at the same time that memory is kept for: `max_connections`. */
const CONNECTIONS = 4096

/** Days of audit logs that packaging/logrotate has not compressed. */
const PLAIN = 2

/** Every resource, the one that breaks first at the top. Nodes share the traffic evenly. */
export function resourcesOf(assumed: Assumptions, costs: Costs): readonly Resource[] {
  const traffic = trafficOf(assumed, costs)
  return [...perNode(assumed, costs, traffic), database(assumed, costs, traffic)]
    .map(each => ({ ...each, used: each.need / each.have, hosts: mostHosts(each, assumed) }))
    .sort((a, b) => a.hosts - b.hosts)
}

interface Need extends Pick<Resource, 'name' | 'need' | 'have' | 'unit'> {
  /** What is needed without any host. */
  readonly fixed?: number
}

function perNode(
  { nodes, network, disk, retention, compression, memory, hosts, logins, peak, ttl }: Assumptions,
  costs: Costs,
  traffic: readonly Traffic[],
): readonly Need[] {
  const fixed = costs.base + (CONNECTIONS * costs.connection) / 1024
  const leases = ((hosts * logins) / DAY) * peak * ttl
  const kept = (hosts * costs.host + leases * costs.lease) / 1024
  const days = Math.min(retention, PLAIN) + Math.max(0, retention - PLAIN) / compression
  const audit = (sumOf(traffic, 'audit', 'mean') * DAY * days) / 1e9
  return [
    {
      ...{ name: 'CPU of a node', unit: 'cores', have: 1 },
      need: sumOf(traffic, 'cpu', 'peak') / 1e6 / nodes,
    },
    {
      ...{ name: 'network of a node', unit: 'Mbit/s', have: network },
      need: (sumOf(traffic, 'wire', 'peak') * 8) / 1e6 / nodes,
    },
    { name: 'disk of audit logs', unit: 'GB', have: disk, need: audit / nodes },
    { name: 'memory of a node', unit: 'MiB', have: memory, need: fixed + kept, fixed },
  ]
}

function database({ commits }: Assumptions, costs: Costs, traffic: readonly Traffic[]): Need {
  const have = commits || costs.commits
  return {
    ...{ name: 'commits of the database', unit: '/s', have },
    need: sumOf(traffic, 'commits', 'peak'),
  }
}

/** All needs are in proportion to the hosts, but for what is fixed. */
function mostHosts({ need, have, fixed = 0 }: Need, { hosts, full }: Assumptions): number {
  const room = (have * full) / 100 - fixed
  return Math.max(0, Math.floor((hosts * room) / (need - fixed)))
}

/** Nodes and regions that a fleet needs. */
export interface Layout {
  readonly name: string
  readonly nodes: number
  /** The most hosts that a database carries, however many nodes it has. */
  readonly databaseHosts: number
  /** Of the database, in the busiest hour. */
  readonly databaseUsed: number
}

/** One mount for all hosts, and the same hosts spread over regions. `nodes` are those of one region, by processor and network: a disk can be larger. */
export function layoutsOf(assumed: Assumptions, costs: Costs): readonly Layout[] {
  return [1, assumed.regions].map(regions => {
    const part = { ...assumed, hosts: Math.ceil(assumed.hosts / regions), nodes: 1 }
    const resources = resourcesOf(part, costs)
    const data = resources.find(({ name }) => name === 'commits of the database')
    const shared = ['CPU of a node', 'network of a node']
    const fullest = Math.max(
      ...resources.filter(({ name }) => shared.includes(name)).map(({ used }) => used),
    )
    return {
      name: regions === 1 ? 'one mount' : `${regions} regions, each`,
      nodes: Math.ceil((fullest * 100) / assumed.full),
      databaseHosts: data?.hosts ?? 0,
      databaseUsed: data?.used ?? 0,
    }
  })
}
