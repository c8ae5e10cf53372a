import { Link } from '../../support/link.ts'
import { PostgresPair } from '../../support/postgres-pair.ts'
import type { Node } from './cluster.ts'
import { Engines } from './engines.ts'

/**
 * Several engines on a primary and its synchronous standby, which they reach by an address that moves to the primary of the day, or by the
 * addresses of both.
 */
export class ReplicatedCluster implements AsyncDisposable {
  readonly pair: PostgresPair
  /** How each node reaches the address that moves, or the server that is the primary at first and its standby. */
  readonly links: readonly (readonly Link[])[]
  readonly #engines: Engines

  private constructor(pair: PostgresPair, links: readonly (readonly Link[])[], engines: Engines) {
    this.pair = pair
    this.links = links
    this.#engines = engines
  }

  /** @param addresses that the engines know: one that moves, or those of both servers */
  static async start(nodes: number, addresses: 1 | 2 = 1): Promise<ReplicatedCluster> {
    await using started = new AsyncDisposableStack()
    const pair = started.use(await PostgresPair.start())
    const database = await pair.primary.database()
    const servers = [database, pair.standby.url()].slice(0, addresses)
    const links = await Promise.all(
      Array.from({ length: nodes }, () => Promise.all(servers.map(Link.to))),
    )
    for (const link of links.flat()) started.use(link)
    const engines = await Engines.start(links.map(each => throughAll(database, each)))
    started.move()
    return new ReplicatedCluster(pair, links, engines)
  }

  get nodes(): readonly Node[] {
    return this.#engines.nodes
  }

  /** Promotes the standby, and has the address lead there if it is one that moves. */
  async failOver(): Promise<void> {
    await this.pair.promote()
    for (const links of this.links)
      if (links.length === 1) links[0]?.leadTo(this.pair.primary.url())
  }

  /** Waits until each node issues and redeems passwords. Gives the milliseconds until the last one did. */
  served(): Promise<number> {
    return this.#engines.served()
  }

  async [Symbol.asyncDispose]() {
    await this.#engines[Symbol.asyncDispose]()
    for (const link of this.links.flat()) link[Symbol.dispose]()
    await this.pair[Symbol.asyncDispose]()
  }
}

/** The URL of the database by all the links. */
function throughAll(database: string, links: readonly Link[]): string {
  const hosts = links.map(({ port }) => `127.0.0.1:${port}`).join()
  return database.replace(/@[^/]+/, `@${hosts}`)
}
