import { setTimeout } from 'node:timers/promises'
import { expect } from 'chai'
import { Cluster } from './cluster.ts'

describe('A ceremony whose client gives up while the database says nothing', function () {
  this.timeout(120_000)
  let cluster: Cluster
  before(async () => {
    cluster = await Cluster.start(1, { recovery_shares: 3, recovery_threshold: 2 })
  })
  after(() => cluster?.[Symbol.asyncDispose]())

  /** Brings the last share while nothing passes, and stops waiting for the answer. */
  async function giveUp(path: string, data: object): Promise<void> {
    cluster.links[0]?.cut()
    const answer = await cluster
      .node(0)
      .ask('POST', path, data, '', AbortSignal.timeout(1000))
      .catch(error => error.name)
    expect(answer).to.equal('TimeoutError')
    // the end of the connection reaches the engine before the answer of the database
    await setTimeout(500)
    cluster.links[0]?.mend()
    await setTimeout(2000)
    await cluster.node(0).ready()
  }

  it('makes no new shares', async () => {
    const node = cluster.node(0)
    const [one, two] = cluster.recoveryKeys
    const quorum = { secret_shares: 2, secret_threshold: 2 }
    const { nonce } = await node.must('POST', 'sys/rekey-recovery-key/init', quorum)
    await node.must('POST', 'sys/rekey-recovery-key/update', { nonce, key: one })
    await giveUp('sys/rekey-recovery-key/update', { nonce, key: two })
    expect(await node.must('GET', 'sys/rekey-recovery-key/init')).to.include({ started: false })
    const state = await node.must('GET', 'sys/seal-status')
    expect(state).to.include({ t: 2, n: 3 })
    expect(state).not.to.have.property('unconfirmed_shares')
  })

  it('makes no root token', async () => {
    const node = cluster.node(0)
    const [one, two] = cluster.recoveryKeys
    const accessors = async () =>
      (await node.must('GET', 'auth/token/accessors?list=true')).data.keys
    const before = await accessors()
    const { nonce } = await node.must('POST', 'sys/generate-root/attempt', {})
    await node.must('POST', 'sys/generate-root/update', { nonce, key: one })
    await giveUp('sys/generate-root/update', { nonce, key: two })
    expect(await accessors()).to.deep.equal(before)
  })
})
