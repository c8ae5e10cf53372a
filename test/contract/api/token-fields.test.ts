import { expect } from 'chai'
import { testEngine } from '../../support/test-engine.ts'

const SETTINGS = {
  token_policies: ['a', 'b'],
  token_ttl: 60,
  token_max_ttl: 120,
  token_period: 30,
  token_num_uses: 7,
  token_bound_cidrs: ['10.0.0.0/8', '192.0.2.1'],
}

const OLDER = {
  policies: 'b,a',
  ttl: '1m',
  max_ttl: '2m',
  period: '30s',
  num_uses: '7',
  bound_cidrs: '10.0.0.0/8,192.0.2.1',
}

describe('what auth methods say of tokens', () => {
  for (const [type, path, needed] of [
    ['userpass', 'users/ann', { password: 'correct horse' }],
    ['approle', 'role/web', {}],
    ['jwt', 'role/web', { role_type: 'jwt', user_claim: 'sub', bound_audiences: 'postern' }],
  ] as const) {
    const written = async (settings: object) => {
      const { post, get } = await testEngine()
      await post(`sys/auth/${type}`, { type })
      const whole = `auth/${type}/${path}`
      expect(await post(whole, { ...needed, ...settings })).to.deep.include({ status: 204 })
      return (await get(whole)).body.data
    }

    it(`may be said to ${type} by the older names`, async () => {
      expect(await written(OLDER)).to.deep.include(SETTINGS)
    })

    it(`is what the newer names say to ${type}, where both are there`, async () => {
      const data = await written({ ...OLDER, ...SETTINGS, token_ttl: 61, token_num_uses: 0 })
      expect(data).to.deep.include({ ...SETTINGS, token_ttl: 61, token_num_uses: 0 })
    })
  }

  it('may be a period that is longer than may be, which a login warns of', async () => {
    const { post } = await testEngine()
    await post('sys/auth/userpass', { type: 'userpass' })
    const lives = async (settings: object) => {
      await post('auth/userpass/users/ann', { password: 'correct horse', ...settings })
      const { body } = await post('auth/userpass/login/ann', { password: 'correct horse' }, '')
      return [body.auth.lease_duration, body.warnings]
    }
    const capped = (most: string) => [
      `period of "10000h" exceeded the effective max_ttl of "${most}"; period value is capped accordingly`,
    ]
    expect(await lives({ token_period: '10000h' })).to.deep.equal([2_764_800, capped('768h')])
    expect(await lives({ token_max_ttl: '2h' })).to.deep.equal([7200, capped('2h')])
    expect(await lives({ token_explicit_max_ttl: '1h' })).to.deep.equal([3600, capped('1h')])
    expect(await lives({ token_period: '30m' })).to.deep.equal([1800, null])
  })

  it('may be said one by one to a role of approle, by the older names that OpenBao takes there', async () => {
    const { post, get } = await testEngine()
    await post('sys/auth/approle', { type: 'approle' })
    const role = 'auth/approle/role/web'
    await post(role, {})
    expect(await post(`${role}/period`, { period: '1h' })).to.deep.include({ status: 204 })
    expect(await post(`${role}/policies`, { policies: 'a' })).to.deep.include({ status: 204 })
    expect((await get(`${role}/period`)).body.data).to.deep.equal({ token_period: 3600 })
    expect((await get(role)).body.data).to.deep.include({
      token_period: 3600,
      token_policies: ['a'],
    })
    expect((await post(`${role}/token-ttl`, { ttl: '1h' })).body.errors).to.deep.equal([
      'missing token_ttl',
    ])
  })
})
