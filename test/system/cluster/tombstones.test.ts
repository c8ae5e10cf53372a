import { expect } from 'chai'
import { Cluster } from './cluster.ts'

describe('Two engines on one database, asked what became of a password', function () {
  this.timeout(60_000)
  let cluster: Cluster

  before(async () => {
    cluster = await Cluster.start(2)
  })
  after(async () => {
    await cluster?.[Symbol.asyncDispose]()
  })

  it('answer on one when it is used on the other', async () => {
    const [a, b] = [cluster.node(0), cluster.node(1)]
    const { otp, lease } = await a.issue()
    const ask = (node: typeof a) =>
      node.must('POST', 'ssh/otp', { lease_id: lease, wait: '25s' }).then(({ data }) => data)
    const answers = Promise.all([ask(b), ask(b), ask(a)])
    const early = await Promise.race([
      answers,
      new Promise(resolve => setTimeout(resolve, 1000, 'waits')),
    ])
    expect(early).to.equal('waits')
    await a.verify(otp)
    expect((await answers).map(({ state }) => state)).to.deep.equal(['used', 'used', 'used'])
  })

  it('know on one what was replayed on the other', async () => {
    const [a, b] = [cluster.node(0), cluster.node(1)]
    const { otp, lease } = await a.issue()
    expect((await a.verify(otp)).status).to.equal(200)
    expect((await b.verify(otp)).body).to.deep.equal({ errors: ['OTP not found'] })
    const { data } = await a.must('POST', 'ssh/otp', { lease_id: lease })
    expect([data.state, data.replays]).to.deep.equal(['used', 1])
  })

  it('end a wait when the engine is stopped', async () => {
    const [a, b] = [cluster.node(0), cluster.node(1)]
    const { lease } = await a.issue()
    const answer = b.ask('POST', 'ssh/otp', { lease_id: lease, wait: '25s' })
    // what was asked for later has been answered, so the wait has begun
    await b.issue()
    await new Promise(resolve => setTimeout(resolve, 500))
    const begun = performance.now()
    const stopped = b.stop('SIGTERM')
    expect((await answer).body.data.state).to.equal('waiting')
    await stopped
    // much less than it was to wait
    expect(performance.now() - begun).to.be.below(15_000)
  })
})
