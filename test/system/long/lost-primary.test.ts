import { setTimeout } from 'node:timers/promises'
import { expect } from 'chai'
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
})
