import { Link } from '../support/link.ts'
import type { Postgres } from '../support/postgres.ts'
import { PostgresPair } from '../support/postgres-pair.ts'
import { Node } from '../system/cluster/cluster.ts'
import { databaseDisturbances } from './database-disturbances.ts'
import { engineDisturbances } from './engine-disturbances.ts'
import { type Disturbance, furnish, newFolder, PROGRAM, type Site, writeConfig } from './site.ts'
import { standbyDisturbances } from './standby-disturbances.ts'

/** Workers of each engine. */
const WORKERS = [0, 2]

/** Two engines, one of them with two workers, on PostgreSQL: one server, or a primary with a standby. Each reaches it by a network of its own. */
export class DatabaseSite implements Site {
  readonly folder = newFolder()
  readonly version: string
  readonly nodes: readonly Node[]
  readonly links: readonly Link[]
  readonly disturbances: Readonly<Record<string, Disturbance>>
  readonly #servers: Postgres | PostgresPair

  private constructor(servers: Postgres | PostgresPair, { address, url, version, links }: Place) {
    this.#servers = servers
    this.version = version
    this.links = links
    this.nodes = links.map((link, index) => {
      const storage = `type = "postgresql"\nconnection_url = "${link.through(url)}"\nmax_parallel = 8`
      const settings = { address, storage, workers: WORKERS[index] ?? 0 }
      return new Node(writeConfig(this.folder, `engine-${index}`, settings), [PROGRAM])
    })
    this.disturbances = {
      ...engineDisturbances(this.nodes),
      ...databaseDisturbances(this),
      ...(servers instanceof PostgresPair ? standbyDisturbances({ pair: servers, links }) : {}),
    }
  }

  /** @param address of this machine, for this site alone */
  static async start(servers: Postgres | PostgresPair, address: string): Promise<DatabaseSite> {
    const server = primaryOf(servers)
    const url = await server.database()
    const [row] = await server.ask('show server_version')
    const links = await Promise.all(WORKERS.map(() => Link.to(url)))
    const version = `PostgreSQL ${String(row?.server_version).split(' ')[0]}`
    const site = new DatabaseSite(servers, { address, url, version, links })
    try {
      await furnish(site.nodes)
      return site
    } catch (error) {
      await site[Symbol.asyncDispose]()
      throw error
    }
  }

  get primary(): Postgres {
    return primaryOf(this.#servers)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map(node => node.stop('SIGKILL')))
    for (const link of this.links) link[Symbol.dispose]()
    await this.#servers[Symbol.asyncDispose]()
  }
}

interface Place {
  readonly address: string
  /** Of the database. */
  readonly url: string
  readonly version: string
  readonly links: readonly Link[]
}

const primaryOf = (servers: Postgres | PostgresPair): Postgres =>
  servers instanceof PostgresPair ? servers.primary : servers
