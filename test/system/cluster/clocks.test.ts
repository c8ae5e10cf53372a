import { setTimeout } from 'node:timers/promises'
import { expect } from 'chai'
import { SteppedClock } from '../../support/stepped-clock.ts'
import { until } from '../../support/until.ts'
import { Cluster } from './cluster.ts'

describe('A node of a cluster whose clock is wrong', function () {
  this.timeout(120_000)
  const clock = new SteppedClock()
  let cluster: Cluster
  before(async () => {
    cluster = await Cluster.start(2)
    const wrong = cluster.node(1)
    await wrong.stop('SIGTERM')
    wrong.env = clock.env
  })
  after(async () => {
    await cluster?.[Symbol.asyncDispose]()
    clock[Symbol.dispose]()
  })

  /** Waits until the wrong node answers its health so. */
  const healthIs = (status: number) => cluster.node(1).healthIs(status)

  /** Whether the wrong node counts so many seconds, or some less: of what the answer of the database took, half is unsure. */
  async function countsWrong(seconds: number): Promise<boolean> {
    const text = await cluster.node(1).text('sys/metrics?format=prometheus')
    const [, counted] = /^postern_clock_wrong_seconds (\S+)$/m.exec(text) ?? []
    return Math.abs(Number(counted) - seconds) < 1
  }

  it('ends nothing of others, and serves nothing, when it is ten minutes fast', async () => {
    const { otp } = await cluster.node(0).issue()
    clock.step(600)
    const node = cluster.node(1)
    await node.start()
    await healthIs(503)
    // it would have ended all that is shorter by now
    await setTimeout(3000)
    expect((await node.verify(otp)).status).to.equal(503)
    await node.logs('more than a minute from that of the database')
    expect((await cluster.node(0).ask('GET', 'auth/token/lookup-self')).status).to.equal(200)
    expect((await cluster.node(0).verify(otp)).status).to.equal(200)
  })

  it('is back when its clock is right again', async () => {
    clock.step(0)
    await healthIs(200)
    const { otp } = await cluster.node(0).issue()
    expect((await cluster.node(1).verify(otp)).status).to.equal(200)
  })

  it('serves, and ends nothing, when it is half a minute fast', async () => {
    const node = cluster.node(0)
    const role = { key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8', ttl: '20s' }
    await node.must('POST', 'ssh/roles/short', role)
    const issue = async () =>
      (await node.must('POST', 'ssh/creds/short', { ip: '10.1.2.3' })).data.key
    clock.step(30)
    await cluster.node(1).logs('revokes no tokens or leases')
    const otp = await issue()
    await setTimeout(3000)
    expect((await cluster.node(1).ask('GET', 'sys/health')).status).to.equal(200)
    expect((await node.verify(otp)).status).to.equal(200)
    await until(() => countsWrong(30))
  })

  it('accepts nothing that has ended when it is ten minutes slow', async () => {
    clock.step(-600)
    await healthIs(503)
    const { otp } = await cluster.node(0).issue()
    expect((await cluster.node(1).verify(otp)).status).to.equal(503)
  })
})
