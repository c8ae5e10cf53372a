import { expect } from 'chai'
import { browse, provider } from '../../support/provider.ts'
import { testEngine } from '../../support/test-engine.ts'

const BACK = 'http://localhost:8250/oidc/callback'

const ANN = { back: BACK, name: 'ann' }

describe('oidc', () => {
  let them: Awaited<ReturnType<typeof provider>>
  before(async () => {
    them = await provider(BACK)
  })
  after(() => them[Symbol.asyncDispose]())

  async function trusting(role: object = {}) {
    const here = await testEngine()
    here.pass((Date.now() - Date.parse('2026-01-01T00:00:00Z')) / 1000)
    await here.post('sys/auth/oidc', { type: 'oidc' })
    const config = await here.post('auth/oidc/config', { ...them.config, default_role: 'people' })
    expect(config.status).to.equal(204)
    await here.post('auth/oidc/role/people', {
      user_claim: 'sub',
      groups_claim: 'groups',
      oidc_scopes: 'groups',
      allowed_redirect_uris: BACK,
      token_policies: 'web',
      ...role,
    })
    const authUrl = async (given: object = {}) =>
      here.post('auth/oidc/oidc/auth_url', { redirect_uri: BACK, client_nonce: 'n', ...given }, '')
    const callback = (back: URL, more: object = {}, request: object = {}) =>
      here.ask(
        'read',
        'auth/oidc/oidc/callback',
        { ...Object.fromEntries(back.searchParams), client_nonce: 'n', ...more },
        '',
        request,
      )
    return { ...here, authUrl, callback }
  }

  it('logs in a person who goes to the provider and comes back, once', async () => {
    const { authUrl, callback } = await trusting()
    const { auth_url } = (await authUrl()).body.data
    const back = await browse(auth_url, ANN)
    expect(await callback(back, { client_nonce: 'another' })).to.deep.equal({
      status: 400,
      body: { errors: ['invalid client_nonce'] },
    })
    const answers = await Promise.all(Array.from({ length: 8 }, () => callback(back)))
    const [winner, ...others] = answers.filter(({ status }) => status === 200)
    expect(others).to.deep.equal([])
    expect(winner!.body.auth).to.deep.include({
      policies: ['default', 'web'],
      metadata: { role: 'people' },
    })
    const state = back.searchParams.get('state')
    for (const spelled of [state, `${state}=`, `${state} `])
      expect(await callback(back, { state: spelled })).to.deep.equal({
        status: 400,
        body: { errors: ['Vault login failed. Expired or missing OAuth state.'] },
      })
  })

  it('asks the provider once for each state, whatever code is shown', async () => {
    const { authUrl, callback } = await trusting()
    const asked = them.tokensAsked()
    const state = new URL((await authUrl()).body.data.auth_url).searchParams.get('state')
    const back = (code: string) => callback(new URL(`${BACK}?code=${code}&state=${state}`))
    const answers = await Promise.all(['c1', 'c2', 'c3', 'c4', 'c5', 'c6'].map(back))
    expect(answers.map(({ status }) => status)).to.deep.equal(Array(6).fill(400))
    expect((await back('c7')).body.errors).to.deep.equal([
      'Vault login failed. Expired or missing OAuth state.',
    ])
    expect(them.tokensAsked() - asked).to.equal(1)
  })

  it('has the provider asked so often for who makes codes up, and goes on for all others', async () => {
    const { authUrl, callback } = await trusting()
    const back = await browse((await authUrl()).body.data.auth_url, ANN)
    const asked = them.tokensAsked()
    const guess = async () => {
      const state = new URL((await authUrl()).body.data.auth_url).searchParams.get('state')
      return callback(new URL(`${BACK}?code=made-up&state=${state}`))
    }
    const answers: { status: number; body: unknown }[] = []
    for (let count = 0; count < 30; count++) answers.push(await guess())
    expect(them.tokensAsked() - asked).to.be.within(20, 25)
    expect(answers.at(-1)).to.deep.equal({
      status: 503,
      body: { errors: ['too many logins failed: try again in a moment'] },
    })
    expect((await callback(back)).status).to.equal(503)
    const elsewhere = { client: { address: '198.51.100.9', port: 1 } }
    expect((await callback(back, {}, elsewhere)).status).to.equal(200)
  })

  it('refuses a login that is under way when its user is disabled', async () => {
    const { authUrl, callback, post } = await trusting()
    const first = await callback(await browse((await authUrl()).body.data.auth_url, ANN))
    const back = await browse((await authUrl()).body.data.auth_url, ANN)
    const { entity_id } = first.body.auth
    await post(`identity/entity/id/${entity_id}`, { disabled: true })
    expect((await post('auth/token/revoke-entity', { entity_id })).body.data.revoked).to.equal(1)
    expect((await callback(back)).status).to.equal(403)
  })

  it('lets nobody take too long', async () => {
    const { authUrl, callback, pass } = await trusting()
    const back = await browse((await authUrl()).body.data.auth_url, ANN)
    pass(301)
    expect((await callback(back)).body.errors).to.deep.equal([
      'Vault login failed. Expired or missing OAuth state.',
    ])
  })

  it('accepts no state but its own', async () => {
    const { callback, authUrl } = await trusting()
    const other = await trusting()
    for (const state of ['', 'x', 'A'.repeat(400)]) {
      const { status } = await callback(new URL(`${BACK}?code=x&state=${state}`))
      expect(status).to.equal(400)
    }
    await authUrl()
    const back = await browse((await other.authUrl()).body.data.auth_url, ANN)
    expect((await callback(back)).body.errors).to.deep.equal([
      'Vault login failed. Expired or missing OAuth state.',
    ])
  })

  it('passes on what the provider says went wrong, in words it knows', async () => {
    const { authUrl, callback } = await trusting()
    const url = new URL((await authUrl()).body.data.auth_url)
    const back = (error: string) =>
      callback(new URL(`${BACK}?error=${error}&state=${url.searchParams.get('state')}`))
    expect((await back('access_denied')).body.errors).to.deep.equal([
      'Vault login failed. access_denied',
    ])
    expect((await back('<b>')).body.errors).to.deep.equal([
      'Vault login failed. An unknown error occurred.',
    ])
    expect(
      (await callback(new URL(`${BACK}?code=made-up&state=${url.searchParams.get('state')}`)))
        .status,
    ).to.equal(400)
  })

  it('sends people back only where the role allows', async () => {
    const { authUrl } = await trusting()
    const url = async (redirect_uri: string) =>
      (await authUrl({ redirect_uri })).body.data?.auth_url as string
    expect(await url('https://evil.example.com/')).to.equal('')
    expect(await url('http://localhost:8250/oidc/callback/../x')).to.equal('')
    expect(await url('http://localhost.evil.example.com:8250/oidc/callback')).to.equal('')
    expect(
      new URL(await url('http://localhost:9999/oidc/callback')).searchParams.get('redirect_uri'),
    ).to.equal('http://localhost:9999/oidc/callback')
    expect((await authUrl({ redirect_uri: '' })).body.errors).to.deep.equal([
      'missing redirect_uri',
    ])
    expect((await authUrl({ role: 'nope' })).body.errors).to.deep.equal([
      'role "nope" could not be found',
    ])
  })

  it('asks the provider with PKCE, a nonce and a state that tells nothing', async () => {
    const { authUrl } = await trusting()
    const { searchParams: query } = new URL((await authUrl()).body.data.auth_url)
    expect(query.get('code_challenge_method')).to.equal('S256')
    expect(query.get('scope')).to.equal('openid groups')
    expect(query.get('nonce')).to.match(/^.{43}$/)
    const state = Buffer.from(query.get('state')!, 'base64url').toString('latin1')
    expect(state).to.not.include('people')
    expect(state).to.not.include(query.get('nonce'))
  })
})
