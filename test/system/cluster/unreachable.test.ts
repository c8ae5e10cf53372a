import { expect } from 'chai'
import type { Node } from './cluster.ts'
import { ReplicatedCluster } from './replicated-cluster.ts'

/** Milliseconds. A request ends within 3000; the rest is for a busy machine, and less than a slow statement is waited for. */
const BOUND = 10_000

/** Requests that read, write, or do both. */
const REQUESTS = [
  ['POST', 'ssh/creds/web', { ip: '10.1.2.3' }],
  ['POST', 'ssh/verify', { otp: '2f7e25a2-24c9-4b7b-0d35-27d5e5203a5c' }],
  ['GET', 'ssh/roles?list=true'],
  ['GET', 'ssh/roles/web'],
  ['DELETE', 'ssh/roles/web'],
  ['GET', 'auth/token/lookup-self'],
  ['POST', 'auth/token/create', {}],
  ['POST', 'sys/leases/lookup', { lease_id: 'ssh/creds/web/1' }],
  ['GET', 'sys/mounts'],
  ['GET', 'sys/policies/acl/default'],
  ['GET', 'nothing/there'],
] as const

type Request = (typeof REQUESTS)[number]

/** Sends a request; gives what was answered, and whether that was in time. */
async function ask(node: Node, [method, path, data]: Request) {
  const begun = performance.now()
  const { status } = await node.ask(method, path, data)
  const took = Math.round(performance.now() - begun)
  return { path, status, took: took < BOUND ? 'in time' : took }
}

describe('An engine that reaches no server of its database', function () {
  this.timeout(180_000)

  for (const [addresses, name] of [
    [1, 'one address'],
    [2, 'several addresses'],
  ] as const)
    it(`answers each request 503 within seconds, with ${name}, together or one after the other`, async () => {
      await using cluster = await ReplicatedCluster.start(1, addresses)
      const [node] = cluster.nodes
      if (!node) throw new Error('there is no engine')
      await cluster.served()
      for (const link of cluster.links.flat()) link.cut()
      const wanted = REQUESTS.map(([, path]) => ({ path, status: 503, took: 'in time' }))
      expect(await Promise.all(REQUESTS.map(each => ask(node, each)))).to.deep.equal(wanted)
      for (const [index, each] of REQUESTS.entries())
        expect(await ask(node, each)).to.deep.equal(wanted[index])
      expect((await node.ask('GET', 'sys/health')).status).to.equal(503)
      for (const link of cluster.links.flat()) link.mend()
      await cluster.served()
    })
})
