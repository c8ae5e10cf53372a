import { setTimeout } from 'node:timers/promises'
import { expect } from 'chai'
import type { Node } from '../cluster/cluster.ts'
import { Load } from '../cluster/load.ts'
import { ReplicatedCluster } from '../cluster/replicated-cluster.ts'

/** Milliseconds until engines serve again after the standby was promoted; a busy machine is allowed for. */
const LONGEST = 30_000

type Loss = (cluster: ReplicatedCluster) => unknown

/** The ways in which the primary is lost while the engines work. */
const LOSSES: Readonly<Record<string, Loss>> = {
  'is killed': ({ pair }) => pair.primary.kill(),
  'does not go on': ({ pair }) => pair.primary.pause(),
  'is cut off from all': ({ pair, links }) => {
    pair.replication.cut()
    for (const [link] of links) link?.cut()
  },
  'refuses connections': ({ pair, links }) => {
    pair.replication.refuse()
    for (const [link] of links) link?.refuse()
  },
  'is still there when its standby is promoted': () => undefined,
}

describe('Two engines that know both addresses of their database', function () {
  this.timeout(180_000)

  for (const [loss, lose] of Object.entries({ ...LOSSES }))
    it(`lose nothing that they had answered, and accept no password twice, when the primary ${loss}`, async () => {
      await using cluster = await ReplicatedCluster.start(2, 2)
      const load = new Load(cluster.nodes)
      load.begin()
      try {
        await setTimeout(700)
        await lose(cluster)
        await cluster.failOver()
        const time = await cluster.served()
        console.log(`      served after ${time} ms`)
        expect(time).to.be.below(LONGEST)
        await setTimeout(300)
      } finally {
        await load.end()
      }
      console.log(`      ${load.sum}`)
      expect(load.redeemed).to.be.above(10)
      await load.judge()
    })

  it('go back to a primary that follows the new one and is promoted in its turn', async () => {
    await using cluster = await ReplicatedCluster.start(2, 2)
    const load = new Load(cluster.nodes)
    load.begin()
    try {
      for (let round = 0; round < 2; round++) {
        await setTimeout(700)
        await cluster.pair.primary.kill()
        await cluster.failOver()
        expect(await cluster.served()).to.be.below(LONGEST)
        await cluster.pair.rejoin()
      }
    } finally {
      await load.end()
    }
    await load.judge()
  })

  it('do not use the primary of before, which comes back as it was', async () => {
    await using cluster = await ReplicatedCluster.start(2, 2)
    const load = new Load(cluster.nodes)
    load.begin()
    try {
      await setTimeout(700)
      await cluster.pair.primary.kill()
      await cluster.failOver()
      await cluster.served()
      await cluster.pair.standby.resume()
      await setTimeout(2000)
      expect(await cluster.served()).to.be.below(LONGEST)
    } finally {
      await load.end()
    }
    await load.judge()
  })

  it('accept no password twice while each of them reaches another primary', async () => {
    await using cluster = await ReplicatedCluster.start(2, 2)
    const [old, next] = cluster.nodes
    if (!old || !next) throw new Error('there are no engines')
    const issued = await Promise.all(Array.from({ length: 8 }, () => old.issue()))
    const [both, oneOnly] = [issued.slice(0, 4), issued.slice(4)]
    const token = (await old.must('POST', 'auth/token/create', {})).auth.client_token
    const [, toStandby] = cluster.links[0] ?? []
    toStandby?.cut()
    cluster.pair.replication.cut()
    await cluster.failOver()
    const verify = (node: Node, passwords: typeof issued) =>
      Promise.all(passwords.map(async ({ otp }) => (await node.verify(otp)).status))
    const [atOld, atNext] = await Promise.all([verify(old, issued), verify(next, both)])
    expect(atOld).to.deep.equal(Array(8).fill(503))
    expect(atNext).to.deep.equal(Array(4).fill(200))
    expect((await next.ask('POST', 'auth/token/revoke', { token })).status).to.equal(204)
    toStandby?.mend()
    expect(await cluster.served()).to.be.below(LONGEST)
    expect(await verify(old, both)).to.deep.equal(Array(4).fill(400))
    // what the former primary did not confirm was not done
    expect(await verify(old, oneOnly)).to.deep.equal(Array(4).fill(200))
    expect(await verify(next, oneOnly)).to.deep.equal(Array(4).fill(400))
    expect((await old.ask('GET', 'auth/token/lookup-self', undefined, token)).status).to.equal(403)
  })
})
