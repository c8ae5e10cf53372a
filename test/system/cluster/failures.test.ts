import { expect } from 'chai'
import { type Answer, Cluster } from './cluster.ts'
import { Load } from './load.ts'
import { serves } from './serves.ts'

/** Milliseconds. It takes three seconds at most; the rest is for a busy machine, and less than a statement is waited for. */
const BOUND = 10_000

describe('A cluster in trouble', function () {
  this.timeout(120_000)
  let cluster: Cluster
  let load: Load

  beforeEach(async () => {
    cluster = await Cluster.start(2)
    load = new Load(cluster.nodes)
  })
  afterEach(async () => {
    // a test that failed has left its load running
    load?.stop()
    await cluster?.[Symbol.asyncDispose]()
  })

  it('loses nothing and accepts no password twice when a node is killed at work', async () => {
    load.begin()
    for (let round = 0; round < 3; round++) {
      await load.works()
      await cluster.node(1).stop('SIGKILL')
      await cluster.node(1).start()
      await cluster.node(1).ready()
    }
    await load.works()
    await load.end()
    await load.judge()
  })

  /** A node that answers nothing must say so to the load balancer, within two seconds and the one for which an answer counts. */
  async function healthIs(node: Cluster['nodes'][number], wanted: number): Promise<void> {
    const begun = performance.now()
    await node.healthIs(wanted)
    expect(performance.now() - begun).to.be.below(BOUND)
  }

  for (const [how, signal] of [
    ['crashes', 'SIGQUIT'],
    ['is restarted', 'SIGINT'],
  ] as const)
    it(`answers 503 while the database is away, and goes on by itself, when it ${how}`, async () => {
      load.begin()
      await load.works()
      await cluster.postgres.stop(signal)
      const away = await Promise.all(
        cluster.nodes.map(node => node.ask('POST', 'ssh/creds/web', { ip: '10.1.2.3' })),
      )
      expect(away).to.deep.equal(Array(2).fill(AWAY))
      for (const node of cluster.nodes) await healthIs(node, 503)
      await cluster.postgres.resume()
      const back = performance.now()
      for (const node of cluster.nodes) await serves(node)
      expect(performance.now() - back).to.be.below(BOUND)
      await load.works()
      await load.end()
      expect(load.statuses.filter(each => ![0, 200, 204, 400, 503].includes(each))).to.deep.equal(
        [],
      )
      expect(cluster.nodes.map(node => node.isRunning)).to.deep.equal([true, true])
      await load.judge()
    })

  it('answers 503 from a node that is cut off, goes on from the other, and forgets nothing', async () => {
    const link = cluster.links[1]
    load.begin()
    await load.works()
    link?.cut()
    const begun = performance.now()
    const away = cluster.node(1).ask('POST', 'ssh/creds/web', { ip: '10.1.2.3' })
    for (let count = 0; count < 20; count++) {
      const { otp } = await cluster.node(0).issue()
      expect((await cluster.node(0).verify(otp)).status).to.equal(200)
    }
    expect(performance.now() - begun).to.be.below(BOUND)
    expect(await away).to.deep.equal(AWAY)
    expect(performance.now() - begun).to.be.below(20_000)
    await healthIs(cluster.node(1), 503)
    await healthIs(cluster.node(0), 200)
    link?.mend()
    const back = performance.now()
    // for a second after an answer did not come it asks nothing
    await healthIs(cluster.node(1), 200)
    await serves(cluster.node(1))
    expect(performance.now() - back).to.be.below(BOUND)
    await load.works()
    await load.end()
    await load.judge()
  })
})

const AWAY: Answer = {
  status: 503,
  body: { errors: ['the database cannot be used now; it may or may not have done what was asked'] },
}
