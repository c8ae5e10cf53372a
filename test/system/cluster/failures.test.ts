import { setTimeout } from 'node:timers/promises'
import { expect } from 'chai'
import { type Answer, Cluster } from './cluster.ts'

/** What became of one password. */
interface Fate {
  readonly otp: string
  /** Of the attempts to redeem it; 0 where no answer came. */
  readonly statuses: number[]
}

const status = (answer: Promise<Answer>) =>
  answer.then(
    ({ status: code }) => code,
    () => 0,
  )

describe('A cluster in trouble', function () {
  this.timeout(60_000)
  let cluster: Cluster
  let enough: AbortController

  beforeEach(async () => {
    cluster = await Cluster.start(2)
    enough = new AbortController()
  })
  afterEach(async () => {
    // a test that failed has left its load running
    enough.abort()
    await cluster?.[Symbol.asyncDispose]()
  })

  /** Issues on one node and redeems on the other, again and again, until `signal` says that it is enough. */
  async function load(width: number, signal: AbortSignal): Promise<readonly Fate[]> {
    const fates: Fate[] = []
    const client = async (index: number) => {
      const [from, to] = [cluster.node(index % 2), cluster.node((index + 1) % 2)]
      while (!signal.aborted) {
        const issued = await from.issue().catch(() => undefined)
        if (!issued) {
          await setTimeout(10)
          continue
        }
        const fate: Fate = { otp: issued.otp, statuses: [] }
        fates.push(fate)
        // some stay unused, to be redeemed when all is over
        if (fates.length % 4 !== 0) fate.statuses.push(await status(to.verify(issued.otp)))
      }
    }
    await Promise.all(Array.from({ length: width }, (_, index) => client(index)))
    return fates
  }

  /** Tries all passwords again: what was redeemed is used up, what was issued and never presented is good, once. */
  async function judge(fates: readonly Fate[]): Promise<void> {
    const queue = fates.values()
    const judges = Array.from({ length: 16 }, async () => {
      for (const fate of queue) await judgeOne(fate)
    })
    await Promise.all(judges)
  }

  async function judgeOne({ otp, statuses }: Fate): Promise<void> {
    const again = [
      await status(cluster.node(0).verify(otp)),
      await status(cluster.node(1).verify(otp)),
    ]
    const told = JSON.stringify({ statuses, again })
    if (statuses.includes(200)) expect(again, told).to.deep.equal([400, 400])
    else if (statuses.length === 0) expect(again, told).to.deep.equal([200, 400])
    // nobody was told what became of it: it may be used up, but it is not good twice
    else expect(again[1], told).to.equal(400)
  }

  it('loses nothing and accepts no password twice when a node is killed at work', async () => {
    const running = load(16, enough.signal)
    for (let round = 0; round < 3; round++) {
      await setTimeout(500)
      await cluster.node(1).stop('SIGKILL')
      await cluster.node(1).start()
      await cluster.node(1).ready()
    }
    await setTimeout(300)
    enough.abort()
    const fates = await running
    expect(fates.filter(({ statuses }) => statuses[0] === 200)).to.have.length.above(10)
    await judge(fates)
  })

  /** A node that answers nothing must say so to the load balancer, within two seconds and the one for which an answer counts. */
  async function healthIs(node: Cluster['nodes'][number], wanted: number): Promise<void> {
    for (let tries = 0; (await node.ask('GET', 'sys/health')).status !== wanted; tries++) {
      if (tries > 20) throw new Error(`sys/health does not answer ${wanted}`)
      await setTimeout(100)
    }
  }

  for (const [how, signal] of [
    ['crashes', 'SIGQUIT'],
    ['is restarted', 'SIGINT'],
  ] as const)
    it(`answers 503 while the database is away, and goes on by itself, when it ${how}`, async () => {
      const running = load(16, enough.signal)
      await setTimeout(500)
      await cluster.postgres.stop(signal)
      const away = await Promise.all(
        cluster.nodes.map(node => node.ask('POST', 'ssh/creds/web', { ip: '10.1.2.3' })),
      )
      expect(away).to.deep.equal(Array(2).fill(AWAY))
      for (const node of cluster.nodes) await healthIs(node, 503)
      await cluster.postgres.resume()
      const back = performance.now()
      for (const node of cluster.nodes) await node.issue()
      expect(performance.now() - back).to.be.below(5000)
      await setTimeout(500)
      enough.abort()
      const fates = await running
      expect(fates.filter(({ statuses }) => statuses[0] === 200)).to.have.length.above(10)
      expect(
        fates.flatMap(({ statuses }) => statuses).filter(each => ![0, 200, 503].includes(each)),
      ).to.deep.equal([])
      expect(cluster.nodes.map(node => node.isRunning)).to.deep.equal([true, true])
      await judge(fates)
    })

  it('answers 503 from a node that is cut off, goes on from the other, and forgets nothing', async () => {
    const link = cluster.links[1]
    const running = load(16, enough.signal)
    await setTimeout(500)
    link?.cut()
    const begun = performance.now()
    const away = cluster.node(1).ask('POST', 'ssh/creds/web', { ip: '10.1.2.3' })
    for (let count = 0; count < 20; count++) {
      const { otp } = await cluster.node(0).issue()
      expect(await status(cluster.node(0).verify(otp))).to.equal(200)
    }
    expect(performance.now() - begun).to.be.below(5000)
    expect(await away).to.deep.equal(AWAY)
    expect(performance.now() - begun).to.be.below(20_000)
    await healthIs(cluster.node(1), 503)
    await healthIs(cluster.node(0), 200)
    link?.mend()
    const back = performance.now()
    // for a second after an answer did not come it asks nothing
    await healthIs(cluster.node(1), 200)
    await cluster.node(1).issue()
    expect(performance.now() - back).to.be.below(5000)
    await setTimeout(500)
    enough.abort()
    const fates = await running
    expect(fates.filter(({ statuses }) => statuses[0] === 200)).to.have.length.above(10)
    await judge(fates)
  })
})

const AWAY: Answer = {
  status: 503,
  body: { errors: ['the database cannot be used now; it may or may not have done what was asked'] },
}
