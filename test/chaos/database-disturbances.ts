import { setTimeout as delay } from 'node:timers/promises'
import type { Link } from '../support/link.ts'
import type { Postgres } from '../support/postgres.ts'
import { childrenOf } from '../support/process-tree.ts'
import type { Node } from '../system/cluster/cluster.ts'
import { oneOf } from './engine-disturbances.ts'
import { type Disturbance, startAgain } from './site.ts'

/** What engines have in PostgreSQL. */
export interface Databased {
  /** The server that engines write to now. */
  readonly primary: Postgres
  /** How each engine reaches it. */
  readonly links: readonly Link[]
  /** The last one has workers. */
  readonly nodes: readonly Node[]
}

/** What may happen to the server, to the network between it and engines, and to workers. */
export function databaseDisturbances(site: Databased): Readonly<Record<string, Disturbance>> {
  const withWorkers = () => site.nodes.at(-1) as Node
  return {
    'worker killed': async random => {
      const since = performance.now()
      process.kill(oneOf(childrenOf(withWorkers().pid), random), 'SIGKILL')
      return { since }
    },
    'supervisor of workers killed': async () => {
      const since = performance.now()
      await withWorkers().stop('SIGKILL')
      await startAgain(withWorkers())
      return { since }
    },
    'database server killed': async () => {
      const since = performance.now()
      await site.primary.kill()
      await site.primary.resume()
      return { since }
    },
    'database server restarted': async () => {
      const since = performance.now()
      await site.primary.stop('SIGINT')
      await site.primary.resume()
      return { since }
    },
    'database server paused': async random => {
      site.primary.pause()
      await delay(100 + random() * 1400)
      const since = performance.now()
      site.primary.continue()
      return { since }
    },
    'a backend killed': async random => {
      const backend = oneOf(await backendsOf(site.primary), random)
      const since = performance.now()
      process.kill(backend, 'SIGKILL')
      return { since }
    },
    'a backend terminated': async random => {
      const backend = oneOf(await backendsOf(site.primary), random)
      const since = performance.now()
      process.kill(backend, 'SIGTERM')
      return { since }
    },
    'network to the database cut': async random => {
      const link = oneOf(site.links, random)
      link.cut()
      await delay(100 + random() * 1400)
      const since = performance.now()
      link.mend()
      return { since }
    },
    'connections to the database reset': async random => {
      const since = performance.now()
      for (const link of site.links) link.refuse()
      await delay(random() * 300)
      for (const link of site.links) link.mend()
      return { since }
    },
  }
}

/** Processes that serve connections of engines. */
async function backendsOf(server: Postgres): Promise<readonly number[]> {
  const rows = await server.ask(
    "select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()",
  )
  return rows.map(({ pid }) => Number(pid))
}
