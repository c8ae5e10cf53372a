import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { Link } from '../../support/link.ts'
import { PostgresPair } from '../../support/postgres-pair.ts'
import { engineConfig, initialize, Node } from './cluster.ts'

/**
 * Several engines on a primary and its synchronous standby, which they reach by an address that moves to the primary of the day, or by the
 * addresses of both.
 */
export class ReplicatedCluster implements AsyncDisposable {
  readonly pair: PostgresPair
  readonly nodes: readonly Node[]
  /** How each node reaches the address that moves, or the server that is the primary at first and its standby. */
  readonly links: readonly (readonly Link[])[]
  readonly #folder: string

  private constructor(pair: PostgresPair, database: string, links: readonly (readonly Link[])[]) {
    this.pair = pair
    this.links = links
    this.#folder = mkdtempSync(join(tmpdir(), 'postern-cluster-'))
    const keys = join(this.#folder, 'seal.key')
    writeFileSync(keys, randomBytes(32).toString('hex'), { mode: 0o600 })
    this.nodes = links.map((each, index) => {
      const url = throughAll(database, each)
      const file = join(this.#folder, `engine-${index}.toml`)
      writeFileSync(file, engineConfig(url, keys), { mode: 0o600 })
      return new Node(file)
    })
  }

  /** @param addresses that the engines know: one that moves, or those of both servers */
  static async start(nodes: number, addresses: 1 | 2 = 1): Promise<ReplicatedCluster> {
    const pair = await PostgresPair.start()
    const database = await pair.primary.database()
    const servers = [database, pair.standby.url()].slice(0, addresses)
    const links = await Promise.all(
      Array.from({ length: nodes }, () => Promise.all(servers.map(Link.to))),
    )
    const cluster = new ReplicatedCluster(pair, database, links)
    try {
      await initialize(cluster.nodes)
      return cluster
    } catch (error) {
      await cluster[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Promotes the standby, and has the address lead there if it is one that moves. */
  async failOver(): Promise<void> {
    await this.pair.promote()
    for (const links of this.links)
      if (links.length === 1) links[0]?.leadTo(this.pair.primary.url())
  }

  /** Waits until each node issues and redeems passwords. Gives the milliseconds until the last one did. */
  async served(): Promise<number> {
    const begun = performance.now()
    await Promise.all(this.nodes.map(serves))
    return Math.round(performance.now() - begun)
  }

  async [Symbol.asyncDispose]() {
    await Promise.all(this.nodes.map(node => node.stop('SIGKILL')))
    for (const link of this.links.flat()) link[Symbol.dispose]()
    await this.pair[Symbol.asyncDispose]()
    rmSync(this.#folder, { recursive: true })
  }
}

/** The URL of the database by all the links. */
function throughAll(database: string, links: readonly Link[]): string {
  const hosts = links.map(({ port }) => `127.0.0.1:${port}`).join()
  return database.replace(/@[^/]+/, `@${hosts}`)
}

async function serves(node: Node): Promise<void> {
  for (let tries = 0; tries < 2000; tries++) {
    const issued = await node.issue().catch(() => undefined)
    if (issued && (await node.verify(issued.otp)).status === 200) return
    await setTimeout(20)
  }
  throw new Error(`the engine does not serve:\n${node.log}`)
}
