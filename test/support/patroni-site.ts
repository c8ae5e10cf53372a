import { setTimeout } from 'node:timers/promises'
import { Etcd } from './etcd.ts'
import { type Member, PatroniNode } from './patroni-node.ts'

/** Tries of {@link POLL} milliseconds until the nodes must have agreed. */
const TRIES = 1200
const POLL = 100

/** Characters of the log of each node that an error has. */
const LOGGED = 5000

/** Three nodes of Patroni with an etcd: a leader, a synchronous standby, and another standby. */
export class PatroniSite implements AsyncDisposable {
  readonly etcd: Etcd
  readonly nodes: readonly PatroniNode[]

  private constructor(etcd: Etcd, nodes: readonly PatroniNode[]) {
    this.etcd = etcd
    this.nodes = nodes
  }

  static async start(): Promise<PatroniSite> {
    const etcd = await Etcd.start()
    const nodes = await Promise.all(
      ['one', 'two', 'three'].map(name => PatroniNode.make(name, etcd.url)),
    )
    const site = new PatroniSite(etcd, nodes)
    try {
      for (const node of nodes) node.start()
      await site.whole()
      return site
    } catch (error) {
      await site[Symbol.asyncDispose]()
      throw error
    }
  }

  /** URL of a database at all servers. */
  get url(): string {
    return `postgresql://postern@${this.nodes.map(({ address }) => address)}/postgres`
  }

  /** Waits until there is a leader, another than the node that is `lost`, and gives it. */
  leader(lost?: PatroniNode): Promise<PatroniNode> {
    return this.#nodeWith('leader', lost)
  }

  /** Waits until there is a synchronous standby, another than the node that is `lost`, and gives it. */
  standby(lost?: PatroniNode): Promise<PatroniNode> {
    return this.#nodeWith('sync_standby', lost)
  }

  /** Waits until all nodes run, follow the leader, and one of them is its synchronous standby. */
  async whole(): Promise<void> {
    const { nodes } = this
    await this.#until(
      'whole cluster',
      nodes,
      members => isWhole(members, nodes.length) || undefined,
    )
  }

  async [Symbol.asyncDispose]() {
    await Promise.all(this.nodes.map(node => node[Symbol.asyncDispose]()))
    await this.etcd[Symbol.asyncDispose]()
  }

  #nodeWith(role: string, lost?: PatroniNode): Promise<PatroniNode> {
    const others = this.nodes.filter(node => node !== lost)
    return this.#until(role, others, members =>
      others.find(({ name }) => members.some(each => each.name === name && each.role === role)),
    )
  }

  /** Waits until one of the nodes sees what is wanted. */
  async #until<T>(
    wanted: string,
    nodes: readonly PatroniNode[],
    find: (members: readonly Member[]) => T | undefined,
  ): Promise<T> {
    for (let tries = 0; tries < TRIES && nodes.every(({ isRunning }) => isRunning); tries++) {
      for (const node of nodes) {
        const found = find(await node.members())
        if (found !== undefined) return found
      }
      await setTimeout(POLL)
    }
    const logs = this.nodes.map(({ name, log }) => `${name}:\n${log.slice(-LOGGED)}`)
    throw new Error(`there is no ${wanted}:\n${logs.join('\n')}`)
  }
}

function isWhole(members: readonly Member[], count: number): boolean {
  const timeline = members.find(({ role }) => role === 'leader')?.timeline
  return (
    members.length === count &&
    members.some(({ role }) => role === 'sync_standby') &&
    members.every(each => /^(running|streaming)$/.test(each.state) && each.timeline === timeline)
  )
}
