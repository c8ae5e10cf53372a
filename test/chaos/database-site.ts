import type { Link } from '../support/link.ts'
import type { Postgres } from '../support/postgres.ts'
import { PostgresPair } from '../support/postgres-pair.ts'
import { Node } from '../system/cluster/cluster.ts'
import { databaseDisturbances } from './database-disturbances.ts'
import { engineDisturbances } from './engine-disturbances.ts'
import { bothAddresses, movingAddress, type Routes } from './routes.ts'
import { type Disturbance, furnish, newFolder, PROGRAM, type Site, writeConfig } from './site.ts'
import { standbyDisturbances } from './standby-disturbances.ts'

/** Workers of each engine. */
const WORKERS = [0, 2]

/** Two engines, one of them with two workers, on PostgreSQL: one server, or a primary with a standby. */
export class DatabaseSite implements Site {
  readonly folder = newFolder()
  readonly version: string
  readonly nodes: readonly Node[]
  readonly disturbances: Readonly<Record<string, Disturbance>>
  readonly #servers: Postgres | PostgresPair
  readonly #routes: Routes

  private constructor({ servers, routes, version, address }: Place) {
    this.#servers = servers
    this.#routes = routes
    this.version = version
    this.nodes = routes.urls.map((url, index) => {
      const storage = `type = "postgresql"\nconnection_url = "${url}"\nmax_parallel = 8`
      const settings = { address, storage, workers: WORKERS[index] ?? 0 }
      return new Node(writeConfig(this.folder, `engine-${index}`, settings), [PROGRAM])
    })
    this.disturbances = {
      ...engineDisturbances(this.nodes),
      ...databaseDisturbances(this),
      ...(servers instanceof PostgresPair ? standbyDisturbances({ pair: servers, routes }) : {}),
    }
  }

  /** @param address of this machine, for this site alone; each engine knows `one` address of the database, or that of `both` servers */
  static async start(
    servers: Postgres | PostgresPair,
    address: string,
    known: 'one' | 'both' = 'one',
  ): Promise<DatabaseSite> {
    const url = await primaryOf(servers).database()
    const [row] = await primaryOf(servers).ask('show server_version')
    const version = `PostgreSQL ${String(row?.server_version).split(' ')[0]}`
    const routes = await (known === 'both' && servers instanceof PostgresPair
      ? bothAddresses(WORKERS.length, servers, url)
      : movingAddress(WORKERS.length, () => primaryOf(servers), url))
    const site = new DatabaseSite({ servers, routes, version, address })
    try {
      await furnish(site.nodes)
      return site
    } catch (error) {
      await site[Symbol.asyncDispose]()
      throw error
    }
  }

  /** How each engine reaches the primary. */
  get links(): readonly Link[] {
    return this.#routes.links
  }

  get primary(): Postgres {
    return primaryOf(this.#servers)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map(node => node.stop('SIGKILL')))
    this.#routes[Symbol.dispose]()
    await this.#servers[Symbol.asyncDispose]()
  }
}

interface Place {
  readonly servers: Postgres | PostgresPair
  readonly routes: Routes
  readonly version: string
  readonly address: string
}

const primaryOf = (servers: Postgres | PostgresPair): Postgres =>
  servers instanceof PostgresPair ? servers.primary : servers
