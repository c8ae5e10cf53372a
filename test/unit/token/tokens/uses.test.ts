import { expect } from 'chai'
import { transact } from '../../../../engine/storage/transact.ts'
import { type Answer, testEngine } from '../../../support/test-engine.ts'

const ROUNDS = 10

async function node() {
  const made = await testEngine()
  await made.post('ssh/roles/web', {
    key_type: 'otp',
    default_user: 'ubuntu',
    cidr_list: '10.0.0.0/8',
  })
  await made.post('sys/policies/acl/creds', {
    policy: 'path "ssh/*" { capabilities = ["update", "read"] }',
  })
  const limited = async (uses: number) =>
    (await made.post('auth/token/create', { policies: ['creds'], num_uses: uses })).body.auth
      .client_token as string
  return { ...made, limited }
}

const statuses = (answers: readonly Answer[]) => {
  const counts: Record<number, number> = {}
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

describe('A token with a number of uses', () => {
  it('serves exactly so many requests that come together', async () => {
    const { limited, get } = await node()
    for (let round = 0; round < ROUNDS; round++) {
      const token = await limited(5)
      const answers = await Promise.all(
        Array.from({ length: 12 }, () => get('ssh/roles/web', token)),
      )
      expect(statuses(answers)).to.deep.equal({ 200: 5, 403: 7 })
    }
  })

  it('gives a password for each but the last', async () => {
    const { limited, post } = await node()
    for (let round = 0; round < ROUNDS; round++) {
      const token = await limited(3)
      const ask = () => post('ssh/creds/web', { ip: '10.0.0.1' }, token)
      const answers = await Promise.all(Array.from({ length: 10 }, ask))
      expect(statuses(answers)).to.deep.equal({ 200: 2, 400: 1, 403: 7 })
    }
  })

  it('ends with all that it has given once the last request under way is done', async () => {
    const { limited, post, core } = await node()
    const token = await limited(3)
    const ask = () => post('ssh/creds/web', { ip: '10.0.0.1' }, token)
    const answers = await Promise.all([ask(), ask(), ask()])
    const otps = answers.filter(({ status }) => status === 200).map(({ body }) => body.data.key)
    expect(otps.length).to.equal(2)
    for (const otp of otps) expect((await post('ssh/verify', { otp })).status).to.equal(400)
    expect((await post('auth/token/lookup', { token })).status).to.equal(403)
    const left = await transact(core.store, tx => tx.list('token/due/'))
    expect(left).to.deep.equal([])
  })
})
