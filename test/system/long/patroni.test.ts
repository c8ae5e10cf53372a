import { setTimeout } from 'node:timers/promises'
import { expect } from 'chai'
import type { PatroniNode } from '../../support/patroni-node.ts'
import { PatroniSite } from '../../support/patroni-site.ts'
import type { Node } from '../cluster/cluster.ts'
import { Engines } from '../cluster/engines.ts'
import { Load } from '../cluster/load.ts'

/** Milliseconds until engines serve again after the leader commits; a busy machine is allowed for. */
const LONGEST = 30_000

interface Scene {
  readonly site: PatroniSite
  /** The leader at first. */
  readonly leader: PatroniNode
  readonly engines: readonly Node[]
}

interface Event {
  /** Makes it happen; gives the leader after it. */
  readonly begin: (scene: Scene) => Promise<PatroniNode>
  /** Takes back what was done to the former leader, when the engines serve again. */
  readonly end?: (scene: Scene) => unknown
}

const EVENTS: Readonly<Record<string, Event>> = {
  'the PostgreSQL of the leader is killed': {
    // Patroni starts it again, without a fail-over
    begin: async ({ site, leader }) => {
      leader.killPostgres()
      return site.leader()
    },
  },
  'the whole node of the leader is lost': {
    begin: async ({ site, leader }) => {
      await leader.kill()
      return site.leader(leader)
    },
    end: ({ leader }) => leader.start(),
  },
  'the Patroni of the leader stands still, and its PostgreSQL goes on': {
    begin: async ({ site, leader }) => {
      leader.pausePatroni()
      return site.leader(leader)
    },
    end: async ({ leader, engines }) => {
      expect(await leader.takesWrites(), 'two servers take writes').to.equal(true)
      for (let count = 0; count < 20; count++) for (const engine of engines) await engine.issue()
      leader.continuePatroni()
    },
  },
  'the leader is cut off from etcd and its standbys, but not from the engines': {
    begin: async ({ site, leader }) => {
      leader.cut()
      return site.leader(leader)
    },
    end: ({ leader }) => leader.mend(),
  },
  'an administrator has another node lead': {
    begin: async ({ site, leader }) => {
      const standby = await site.standby()
      await leader.switchTo(standby)
      return standby
    },
  },
  'etcd is lost, and no node leads until it is back': {
    begin: async ({ site, leader, engines }) => {
      await site.etcd.kill()
      await leader.demoted()
      for (const engine of engines)
        expect((await engine.ask('POST', 'ssh/creds/web', { ip: '10.1.2.3' })).status).to.equal(503)
      await site.etcd.resume()
      return site.leader()
    },
  },
  'the synchronous standby is lost': {
    begin: async ({ site, leader }) => {
      const standby = await site.standby()
      await standby.kill()
      await site.standby(standby)
      standby.start()
      return leader
    },
  },
}

describe('Two engines that know all servers of a cluster under Patroni', function () {
  this.timeout(300_000)

  for (const [what, { begin, end = () => undefined }] of Object.entries(EVENTS))
    it(`lose nothing that they had answered, and accept no password twice, when ${what}`, async () => {
      await using site = await PatroniSite.start()
      const leader = await site.leader()
      await using engines = await Engines.start([site.url, site.url])
      const scene = { site, leader, engines: engines.nodes }
      const load = new Load(engines.nodes)
      load.begin()
      try {
        await setTimeout(1000)
        const begun = performance.now()
        const next = await begin(scene)
        await next.commits()
        const time = Math.round(performance.now() - begun)
        const served = await engines.served()
        console.log(`      ${next.name} commits after ${time} ms; served ${served} ms later`)
        expect(served).to.be.below(LONGEST)
        await end(scene)
        await site.whole()
        if (leader.wasRewound) console.log(`      ${leader.name} has come back by pg_rewind`)
        expect(await engines.served()).to.be.below(LONGEST)
        await setTimeout(500)
      } finally {
        await load.end()
      }
      console.log(`      ${load.sum}`)
      expect(load.redeemed).to.be.above(10)
      await load.judge()
    })
})
