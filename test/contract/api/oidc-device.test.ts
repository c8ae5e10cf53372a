import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { MemoryStore } from '../../../engine/storage/memory.ts'
import { confirm, provider } from '../../support/provider.ts'
import { testEngine } from '../../support/test-engine.ts'

const BACK = 'http://localhost:8250/oidc/callback'

const refusal = (text: string) => ({ status: 400, body: { errors: [text] } })
const PENDING = refusal('authorization_pending')
const SLOW = refusal('slow_down')
const GONE = refusal('Vault login failed. Expired or missing OAuth state.')

interface Trust {
  readonly role?: object
  readonly config?: object
  readonly engine?: Parameters<typeof testEngine>[0]
}

/** An engine whose clock is that of the provider. */
async function onTime(options: Trust['engine']) {
  const engine = await testEngine(options)
  engine.pass((Date.now() - Date.parse('2026-01-01T00:00:00Z')) / 1000)
  return engine
}

interface Begun {
  readonly auth_url: string
  readonly state: string
}

describe('oidc with the device flow', () => {
  let them: Awaited<ReturnType<typeof provider>>
  before(async () => {
    them = await provider(BACK)
  })
  after(() => them[Symbol.asyncDispose]())

  async function trusting({ role = {}, config = {}, engine = {} }: Trust = {}) {
    const here = await onTime(engine)
    await here.post('sys/auth/oidc', { type: 'oidc' })
    const whole = { ...them.config, default_role: 'people', ...config }
    const { status } = await here.post('auth/oidc/config', whole)
    expect(status).to.equal(204)
    const write = (changes: object) => here.post('auth/oidc/role/people', changes)
    const written = await write({
      user_claim: 'sub',
      groups_claim: 'groups',
      oidc_scopes: 'groups',
      allowed_redirect_uris: BACK,
      callback_mode: 'device',
      // polls of these tests come half a second apart, not five
      poll_interval: 1,
      token_policies: 'web',
      ...role,
    })
    expect(written.status).to.equal(204)
    const begin = (given: object = {}, request: object = {}) =>
      here.ask('update', 'auth/oidc/oidc/auth_url', { client_nonce: 'n', ...given }, '', request)
    const begun = async (): Promise<Begun> => (await begin()).body.data
    const poll = (given: object, request: object = {}) =>
      here.ask('update', 'auth/oidc/oidc/poll', { client_nonce: 'n', ...given }, '', request)
    return { ...here, write, begin, begun, poll }
  }

  const nextPoll = () => new Promise(resolve => setTimeout(resolve, 520))

  it('logs in a person who confirms the code elsewhere, once', async () => {
    const { begin, poll, post } = await trusting()
    const { body } = await begin()
    expect(body.data).to.have.all.keys('auth_url', 'state', 'poll_interval')
    expect(body.data.poll_interval).to.equal('1')
    const { auth_url, state } = body.data
    expect(await poll({ state })).to.deep.equal(PENDING)
    const shown = await confirm(auth_url, { name: 'ann' })
    expect(shown).to.equal(new URL(auth_url).searchParams.get('user_code'))
    await nextPoll()
    expect(await poll({ state, client_nonce: 'another' })).to.deep.equal(
      refusal('invalid client_nonce'),
    )
    const answers = await Promise.all(Array.from({ length: 8 }, () => poll({ state })))
    const [winner, ...others] = answers.filter(({ status }) => status === 200)
    expect(others).to.deep.equal([])
    expect(winner!.body.auth).to.deep.include({
      policies: ['default', 'web'],
      metadata: { role: 'people' },
    })
    const { client_token } = winner!.body.auth
    const looked = await post('auth/token/lookup', { token: client_token })
    expect(looked.body.data).to.deep.include({
      display_name: 'oidc-ann',
      path: 'auth/oidc/oidc/poll',
    })
    for (const spelled of [state, `${state}=`, `${state} `])
      expect(await poll({ state: spelled })).to.deep.equal(GONE)
  })

  it('holds a person to the same claims as with a browser, and finds the same entity', async () => {
    const { begun, poll, write, post } = await trusting()
    const logIn = async () => {
      const { auth_url, state } = await begun()
      await confirm(auth_url, { name: 'ann' })
      return poll({ state })
    }
    const { entity_id } = (await logIn()).body.auth
    expect((await logIn()).body.auth.entity_id).to.equal(entity_id)
    await write({ bound_claims: { groups: 'dev' } })
    expect(await logIn()).to.deep.equal(
      refusal('claim "groups" does not match any associated bound claim values'),
    )
    await write({ bound_claims: {}, token_bound_cidrs: '203.0.113.0/24' })
    expect((await logIn()).status).to.equal(403)
    await post(`identity/entity/id/${entity_id}`, { disabled: true })
    await write({ token_bound_cidrs: '' })
    expect((await logIn()).status).to.equal(403)
  })

  it('shows how a role logs in, and keeps it when it is not sent again', async () => {
    const { get, write } = await trusting()
    const mode = { callback_mode: 'device', poll_interval: 1, oidc_disable_confirmation: false }
    expect((await write({ token_ttl: '1h' })).status).to.equal(204)
    expect((await get('auth/oidc/role/people')).body.data).to.deep.include(mode)
    for (const [changes, message] of [
      [{ callback_mode: 'phone' }, "invalid 'callback_mode': phone"],
      [{ callback_mode: '' }, "invalid 'callback_mode': "],
      [{ poll_interval: -1 }, "'poll_interval' must be from 0 to 60 seconds"],
      [{ poll_interval: 61 }, "'poll_interval' must be from 0 to 60 seconds"],
    ] as const)
      expect(await write(changes)).to.deep.equal(refusal(message))
    await write({ callback_mode: 'client', poll_interval: 0 })
    const { data } = (await get('auth/oidc/role/people')).body
    expect(data).to.deep.include({ callback_mode: 'client' })
    expect(data).to.not.have.property('poll_interval')
  })

  it('ends the login of a person who says no', async () => {
    const { begun, poll } = await trusting()
    const { auth_url, state } = await begun()
    await confirm(auth_url, { name: 'ann', denies: true })
    expect(await poll({ state })).to.deep.equal(refusal('authorization failed: access_denied'))
    expect(await poll({ state })).to.deep.equal(GONE)
  })

  it('passes on what the provider says went wrong, in words it knows', async () => {
    const { begun, poll } = await trusting()
    const { state } = await begun()
    them.refuse('slow_down')
    expect(await poll({ state })).to.deep.equal(SLOW)
    await nextPoll()
    them.refuse('<b>')
    expect((await poll({ state })).body.errors[0]).to.match(
      /^Vault login failed\. http:\S+\/token: answered with status 400$/,
    )
    await nextPoll()
    them.refuse('expired_token')
    expect(await poll({ state })).to.deep.equal(refusal('authorization failed: expired_token'))
    expect(await poll({ state })).to.deep.equal(GONE)
  })

  it('lets nobody take too long', async () => {
    const { begun, poll, pass } = await trusting()
    const { state } = await begun()
    pass(599)
    expect(await poll({ state })).to.deep.equal(PENDING)
    pass(1)
    expect(await poll({ state })).to.deep.equal(GONE)
  })

  it('asks the provider no more often than it wants, whoever is in a hurry', async () => {
    const { begun, poll } = await trusting({ role: { poll_interval: 5 } })
    const { state } = await begun()
    const asked = them.tokensAsked()
    const answers = await Promise.all(Array.from({ length: 8 }, () => poll({ state })))
    expect(answers.filter(({ body }) => body.errors[0] === 'authorization_pending')).to.have.length(
      1,
    )
    await nextPoll()
    expect(await poll({ state })).to.deep.equal(SLOW)
    expect(them.tokensAsked() - asked).to.equal(1)
  })

  it('asks for so many codes for one network, and goes on for all others', async () => {
    const { begin } = await trusting()
    const asked = them.devicesAsked()
    const answers: { status: number; body: unknown }[] = []
    for (let count = 0; count < 30; count++) answers.push(await begin())
    expect(them.devicesAsked() - asked).to.be.within(20, 25)
    expect(answers.at(-1)).to.deep.equal({
      status: 503,
      body: { errors: ['too many logins failed: try again in a moment'] },
    })
    const elsewhere = { client: { address: '198.51.100.9', port: 1 } }
    expect((await begin({}, elsewhere)).status).to.equal(200)
  })

  it('accepts no state but its own, and none of a browser', async () => {
    const { begun, poll, write, begin, ask } = await trusting()
    const other = await trusting()
    for (const state of ['', 'x', 'A'.repeat(400), (await other.begun()).state])
      expect(await poll({ state })).to.deep.equal(GONE)
    const { state } = await begun()
    const callback = (given: object) => ask('read', 'auth/oidc/oidc/callback', given, '')
    expect(await callback({ state, code: 'x', client_nonce: 'n' })).to.deep.equal(GONE)
    await write({ callback_mode: 'client' })
    const { auth_url } = (await begin({ redirect_uri: BACK })).body.data
    const browsers = new URL(auth_url).searchParams.get('state')
    expect(await poll({ state: browsers })).to.deep.equal(GONE)
    expect(await poll({ state })).to.deep.equal(
      refusal('Vault login failed. The role has just been changed.'),
    )
    await write({ callback_mode: 'device' })
    expect(await callback({ state: browsers, code: 'x', client_nonce: 'n' })).to.deep.equal(
      refusal('Vault login failed. The role has just been changed.'),
    )
  })

  it('can be polled for at any node, and is completed at one', async () => {
    const shared = { store: new MemoryStore(), sealKeys: [randomBytes(32)] }
    const { begun, poll } = await trusting({ engine: shared })
    const node = await onTime({ ...shared, isFound: true })
    const elsewhere = (given: object) =>
      node.ask('update', 'auth/oidc/oidc/poll', { client_nonce: 'n', ...given }, '')
    const { auth_url, state } = await begun()
    expect(await elsewhere({ state })).to.deep.equal(PENDING)
    await confirm(auth_url, { name: 'ann' })
    await nextPoll()
    // as if a poll at the other node were just about to succeed
    them.refuse('invalid_grant')
    expect(await elsewhere({ state })).to.deep.equal(refusal('authorization failed: invalid_grant'))
    expect((await poll({ state })).status).to.equal(200)
    expect([await poll({ state }), await elsewhere({ state })]).to.deep.equal([GONE, GONE])
  })

  it('proves who it is as the provider wants it', async () => {
    const { begun, poll } = await trusting({ config: { oidc_client_id: 'in-the-form' } })
    const { auth_url, state } = await begun()
    const asked = them.tokensAsked()
    expect(await poll({ state })).to.deep.equal(PENDING)
    expect(them.tokensAsked() - asked).to.equal(1)
    await confirm(auth_url, { name: 'ann' })
    await nextPoll()
    expect((await poll({ state })).status).to.equal(200)
  })

  it('hides the code of the device in a state that tells nothing', async () => {
    const { begun } = await trusting()
    const { auth_url, state } = await begun()
    const text = Buffer.from(state, 'base64url').toString('latin1')
    expect(text).to.not.match(/people|deviceCode/)
    expect(auth_url).to.not.include(state)
  })

  for (const [why, given, config, message] of [
    ['without a nonce', { client_nonce: '' }, {}, /^missing client_nonce$/],
    ['for no role', { role: 'nope' }, {}, /^role "nope" could not be found$/],
    [
      'with a secret that the provider does not know',
      {},
      { oidc_client_secret: 'wrong' },
      /^Vault login failed\. http:\S+\/device\/auth: answered with status 401$/,
    ],
  ] as const)
    it(`begins no login ${why}`, async () => {
      const { begin } = await trusting({ config })
      const { status, body } = await begin(given)
      expect([status, body.errors.length]).to.deep.equal([400, 1])
      expect(body.errors[0]).to.match(message)
    })
})
