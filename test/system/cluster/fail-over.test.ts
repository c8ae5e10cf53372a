import { expect } from 'chai'
import { Load } from './load.ts'
import { ReplicatedCluster } from './replicated-cluster.ts'

describe('Two engines on a primary that is lost', function () {
  this.timeout(60_000)

  it('lose nothing that they had answered, accept no password twice, and go on with its standby', async () => {
    await using cluster = await ReplicatedCluster.start(2)
    const load = new Load(cluster.nodes)
    load.begin()
    try {
      await load.works()
      await cluster.pair.primary.kill()
      await cluster.failOver()
      expect(await cluster.served()).to.be.below(10_000)
      await load.works()
    } finally {
      await load.end()
    }
    await load.judge()
  })
})
