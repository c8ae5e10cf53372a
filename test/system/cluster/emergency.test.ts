import { randomBytes } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { setTimeout } from 'node:timers/promises'
import { expect } from 'chai'
import { startServer } from '../../../engine/server.ts'
import { Secret } from '../../../shared/secret.ts'
import { Link } from '../../support/link.ts'
import { until } from '../../support/until.ts'
import { Cluster } from './cluster.ts'

/** Milliseconds. Less than a statement is waited for whose answer does not come. */
const BOUND = 10_000

describe('An engine whose database says nothing, in an emergency', function () {
  this.timeout(120_000)
  let cluster: Cluster
  before(async () => {
    cluster = await Cluster.start(1)
  })
  after(() => cluster?.[Symbol.asyncDispose]())

  it('is sealed by a signal at once, and stays so', async () => {
    const node = cluster.node(0)
    const { otp } = await node.issue()
    cluster.links[0]?.cut()
    node.signal('SIGUSR1')
    // it asks the database nothing before it is sealed
    const begun = performance.now()
    await node.logs('sealed by a signal')
    const { status, body } = await node.verify(otp)
    expect([status, body.errors]).to.deep.equal([503, ['Vault is sealed']])
    expect(performance.now() - begun).to.be.below(BOUND)
    cluster.links[0]?.mend()
    await setTimeout(3000)
    expect((await node.verify(otp)).body.errors).to.deep.equal(['Vault is sealed'])
    await node.stop('SIGTERM')
    await node.start()
    await node.ready()
    expect((await node.verify(otp)).status).to.equal(200)
  })

  it('has wiped its keys long before what is under way has ended, when it is stopped', async () => {
    const url = await cluster.postgres.database()
    using link = await Link.to(url)
    const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {} }
    const server = await startServer(
      {
        address: '127.0.0.1:0',
        tls: undefined,
        lifetimes: { defaultTtl: 3600, maxTtl: 3600 },
        storage: {
          type: 'postgresql',
          url: new Secret(link.through(url)),
          connections: 4,
          schema: 'public',
        },
        sealKeys: [randomBytes(32)],
        rootToken: undefined,
      },
      silent,
    )
    const { rootToken } = await server.sealing.initialize({ shares: 0, threshold: 0 })
    expect(server.sealing.sealed).to.equal(false)
    link.cut()
    const arrived = Promise.withResolvers<unknown>()
    subscribe('http.server.request.start', arrived.resolve)
    const ended: string[] = []
    const asked = fetch(`${server.listener.url}/v1/sys/mounts`, {
      headers: { 'X-Vault-Token': rootToken.reveal() },
    })
      .catch(() => undefined)
      .then(() => ended.push('request'))
    await arrived.promise
    unsubscribe('http.server.request.start', arrived.resolve)
    const stopped = server[Symbol.asyncDispose]().then(() => ended.push('server'))
    await until(() => server.sealing.sealed)
    expect(ended).to.deep.equal([])
    link.mend()
    await Promise.all([stopped, asked])
  })
})
