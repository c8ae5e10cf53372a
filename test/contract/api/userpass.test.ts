import { expect } from 'chai'
import { processorTime } from '../../support/processor-time.ts'
import { testEngine } from '../../support/test-engine.ts'

const WRONG = { status: 400, body: { errors: ['invalid username or password'] } }
const DENIED = { status: 403, body: { errors: ['permission denied'] } }
const MISSING = { status: 400, body: { errors: ['missing password'] } }

async function people() {
  const here = await testEngine()
  await here.post('sys/auth/userpass', { type: 'userpass' })
  await here.post('auth/userpass/users/Ann', {
    password: 'correct horse',
    token_policies: 'Web',
    token_ttl: '1h',
  })
  const logIn = (name: string, password: string) =>
    here.post(`auth/userpass/login/${name}`, { password }, '')
  return { ...here, logIn }
}

describe('userpass', () => {
  it('logs a user in, in any case of the name', async () => {
    const { logIn, get } = await people()
    const { auth, data, lease_id } = (await logIn('ANN', 'correct horse')).body
    expect([data, lease_id]).to.deep.equal([null, ''])
    expect(auth).to.deep.include({
      policies: ['default', 'web'],
      metadata: { username: 'ann' },
      lease_duration: 3600,
      orphan: true,
    })
    const { display_name } = (await get('auth/token/lookup-self', auth.client_token)).body.data
    expect(display_name).to.equal('userpass-ann')
    const entity = (await get(`identity/entity/id/${auth.entity_id}`)).body.data
    expect(entity.aliases[0].name).to.equal('ann')
  })

  it('says the same of a wrong password and of an unknown user', async () => {
    const { logIn, post } = await people()
    expect(await logIn('ann', 'wrong')).to.deep.equal(WRONG)
    expect(await logIn('nobody', 'wrong')).to.deep.equal(WRONG)
    expect(await post('auth/userpass/login/ann', {}, '')).to.deep.equal(MISSING)
  })

  it('takes as long for an unknown user', async () => {
    const { logIn } = await people()
    const took = (name: string) => processorTime(() => logIn(name, 'wrong'))
    await took('ann')
    const [known, unknown] = [await took('ann'), await took('nobody')]
    expect(unknown / known).to.be.within(0.2, 5)
  })

  it('lets another source in while one network tries made-up names', async () => {
    const { ask } = await people()
    let done = 0
    const attempt = (name: string, address: string) =>
      ask('update', `auth/userpass/login/${name}`, { password: 'correct horse' }, '', {
        client: { address, port: 1 },
      }).finally(() => done++)
    const crowd = Array.from({ length: 8 }, (_, at) => attempt(`made-up-${at}`, `fd00::${at + 1}`))
    const { status } = await attempt('ann', '2001:db8::8')
    // two were under way, and one had its turn between
    expect([status, done < 6]).to.deep.equal([200, true])
    await Promise.all(crowd)
  }).timeout(60_000)

  it('locks a name after five wrong passwords, and no other', async () => {
    const { logIn } = await people()
    const answers = await Promise.all(Array.from({ length: 8 }, () => logIn('ann', 'wrong')))
    const refused = answers.filter(({ status }) => status === 403)
    expect(refused.length).to.be.within(2, 3)
    expect(await logIn('ann', 'correct horse')).to.deep.equal(DENIED)
    expect(await logIn('bob', 'wrong')).to.deep.equal(WRONG)
  })

  it('reads, lists, changes and deletes users, and never shows a password', async () => {
    const { ask, get, post, logIn } = await people()
    expect((await get('auth/userpass/users/ann')).body.data).to.deep.equal({
      token_bound_cidrs: [],
      token_explicit_max_ttl: 0,
      token_max_ttl: 0,
      token_no_default_policy: false,
      token_num_uses: 0,
      token_period: 0,
      token_policies: ['web'],
      token_ttl: 3600,
      token_type: 'default',
    })
    expect((await ask('list', 'auth/userpass/users/')).body.data).to.deep.equal({ keys: ['ann'] })
    await post('auth/userpass/users/ann', { token_ttl: '2h' })
    await post('auth/userpass/users/ann/policies', { token_policies: ['ops'] })
    await post('auth/userpass/users/ann/password', { password: 'battery staple' })
    expect(await logIn('ann', 'correct horse')).to.deep.equal(WRONG)
    expect((await logIn('ann', 'battery staple')).body.auth).to.deep.include({
      lease_duration: 7200,
      policies: ['default', 'ops'],
    })
    await ask('delete', 'auth/userpass/users/ann')
    expect(await logIn('ann', 'battery staple')).to.deep.equal(WRONG)
    expect((await get('auth/userpass/users/ann')).status).to.equal(404)
  })

  for (const [why, data, message] of [
    ['without a password', {}, 'missing password'],
    ['with an empty password', { password: '' }, 'missing password'],
    [
      'with the newline of a file',
      { password: 'correct horse\n' },
      'the password has a control character in it, such as a newline',
    ],
    [
      'with a NUL',
      { password: 'correct\0horse' },
      'the password has a control character in it, such as a newline',
    ],
    [
      'with the policy root',
      { password: 'x', policies: 'root' },
      'auth methods cannot create root tokens',
    ],
    [
      'with a ttl beyond its maximum',
      { password: 'x', token_ttl: 60, token_max_ttl: 30 },
      "'token_ttl' cannot be greater than 'token_max_ttl'",
    ],
    [
      'with a block of addresses that is none',
      { password: 'x', token_bound_cidrs: '10.0.0.0/33' },
      'invalid CIDR address: 10.0.0.0/33',
    ],
    [
      'with tokens that it cannot give',
      { password: 'x', token_type: 'batch' },
      'batch tokens are not supported',
    ],
  ] as const)
    it(`makes no user ${why}`, async () => {
      const { post } = await people()
      expect(await post('auth/userpass/users/bob', data)).to.deep.equal({
        status: 400,
        body: { errors: [message] },
      })
    })

  it('keeps no password that could be read', async () => {
    const { store } = await people()
    const mounts = await store.list('mount/')
    for (const mount of mounts) {
      const entry = await store.get(`mount/${mount}user/ann`)
      if (entry) expect(Buffer.from(entry.value).toString()).to.not.include('correct horse')
    }
  })

  it('wraps a login', async () => {
    const { ask, post } = await people()
    const { wrap_info: info } = (
      await ask('update', 'auth/userpass/login/ann', { password: 'correct horse' }, '', {
        wrapTtl: 60,
      })
    ).body
    const { auth } = (await post('sys/wrapping/unwrap', {}, info.token)).body
    expect(auth.accessor).to.equal(info.wrapped_accessor)
    expect(auth.metadata).to.deep.equal({ username: 'ann' })
  })
})
