import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import { type Answer, api, differs, ours } from '../api.ts'
import { expectEmpty, expectFailure, expectReply, listed } from '../reply.ts'

interface Auth {
  readonly client_token: string
  readonly accessor: string
}

describe('tokens', () => {
  const { ssh, put, get, list, mount } = api()
  const create = (body: object, token?: string) => put('auth/token/create', body, token)
  const tokenOf = ({ body }: Answer) => body.auth.client_token as string
  const isGood = async (token: string) =>
    (await get('auth/token/lookup-self', token)).status === 200

  before(() => ssh('roles/web', { key_type: 'otp', default_user: 'u', cidr_list: '10.0.0.0/8' }))

  it('are answered whole', async () => {
    const answer = await create({ ttl: '1h', meta: { a: 'b' }, display_name: 'me too!' })
    const { client_token, accessor } = answer.body.auth
    expectReply(answer, {
      auth: {
        ...{ client_token, accessor, policies: ['root'], token_policies: ['root'] },
        ...{ metadata: { a: 'b' }, lease_duration: 3600, renewable: true, entity_id: '' },
        ...{ token_type: 'service', orphan: false, mfa_requirement: null, num_uses: 0 },
      },
    })
    expect(client_token).to.match(/^(hvs|s)\.[\x21-\x7e]{24,}$/)
    for (const shown of [
      await put('auth/token/lookup', { token: client_token }),
      await get('auth/token/lookup-self', client_token),
    ]) {
      const { creation_time, expire_time, issue_time, ttl } = shown.body.data
      expectReply(shown, {
        data: {
          ...{ id: client_token, accessor, policies: ['root'], path: 'auth/token/create' },
          ...{ meta: { a: 'b' }, display_name: 'token-me-too', num_uses: 0, orphan: false },
          ...{ creation_time, creation_ttl: 3600, expire_time, issue_time, ttl },
          ...{ explicit_max_ttl: 0, entity_id: '', type: 'service', renewable: true },
        },
      })
      expect(ttl).to.be.within(3590, 3600)
      expect(Number.isInteger(creation_time)).to.equal(true)
      expect(Date.parse(expire_time)).to.be.closeTo((creation_time + 3600) * 1000, 1000)
    }
    const { data } = (await put('auth/token/lookup-accessor', { accessor })).body
    expect(data).to.include({ id: '', accessor, display_name: 'token-me-too' })
    expect((await list('auth/token/accessors')).body.data.keys).to.include(accessor)
  })

  it('take all that the command line sends', async () => {
    const { body } = await create({
      ...{ id: '', policies: null, meta: null, ttl: '0s', explicit_max_ttl: '0s', period: '0s' },
      ...{ display_name: '', num_uses: 0, renewable: true, type: 'service', no_parent: false },
    })
    expect(body.auth).to.include({ lease_duration: 0, renewable: false })
    expect(body.auth.client_token).not.to.equal('')
  })

  it('of the root have no end', async () =>
    expect((await get('auth/token/lookup-self')).body.data).to.deep.include({
      ...{ expire_time: null, ttl: 0, creation_ttl: 0, policies: ['root'], orphan: true },
      ...{ renewable: false, meta: null },
    }))

  it('of their own name are what they are called', async () => {
    const id = `custom-${mount}`
    expect(tokenOf(await create({ id }))).to.equal(id)
    expect(await isGood(id)).to.equal(true)
    expectFailure(await create({ id }), 400, 'cannot create a token with a duplicate ID')
    expectFailure(
      await create({ id: 'a.b' }),
      400,
      "custom token ID cannot have a '.' in the value",
    )
  })

  it('are renewed', async () => {
    const token = tokenOf(await create({ ttl: '1h' }))
    const { body } = await put('auth/token/renew', { token, increment: 7200 })
    expect(body.auth).to.include({ client_token: token, lease_duration: 7200 })
    const other = tokenOf(await create({ ttl: '1h' }))
    expect((await put('auth/token/renew-self', {}, other)).body.auth.lease_duration).to.equal(3600)
    const fixed = tokenOf(await create({ ttl: '1h', renewable: false }))
    for (const [token, message] of [
      [fixed, 'lease is not renewable'],
      ['nope', 'token not found'],
    ])
      expectFailure(await put('auth/token/renew', { token }), 400, message!)
  })

  it('with a period longer than may be get what may be, and hear so', async () => {
    const warnings = [
      'period of "10000h" exceeded the effective max_ttl of "768h"; period value is capped accordingly',
    ]
    const made = await create({ period: '10000h' })
    expect(made.body.warnings).to.deep.equal(warnings)
    expect(made.body.auth.lease_duration).to.equal(2_764_800)
    const renewed = await put('auth/token/renew', { token: tokenOf(made), increment: '1h' })
    expect(renewed.body.warnings).to.deep.equal(warnings)
    expect(renewed.body.auth.lease_duration).to.equal(2_764_800)
    const short = await create({ period: '10000h', explicit_max_ttl: '1h' })
    expect(short.body.auth.lease_duration).to.equal(3600)
    expect(short.body.warnings[0]).to.include('max_ttl of "1h"; period value is capped')
    expect((await create({ period: '768h' })).body.warnings).to.equal(null)
  })

  it('that are not there are not shown', async () => {
    expectFailure(await put('auth/token/lookup', { token: 'nope' }), 403, 'bad token')
    const text = 'invalid accessor'
    expectFailure(
      await put('auth/token/lookup-accessor', { accessor: 'nope' }),
      400,
      differs(text, listed(text)),
    )
  })

  it('that are not there are revoked well', async () => {
    expectEmpty(await put('auth/token/revoke', { token: 'nope' }))
    expectReply(await put('auth/token/revoke-accessor', { accessor: 'nope' }), {
      warnings: ['No token found with this accessor'],
    })
    expectFailure(
      await put('auth/token/revoke-orphan', { token: 'nope' }),
      400,
      'token to revoke not found',
    )
  })

  it('are revoked with their children, leases and passwords', async () => {
    const parent = tokenOf(await create({}))
    const child = tokenOf(await create({}, parent))
    const orphan = tokenOf(await put('auth/token/create-orphan', {}, parent))
    const { lease_id, data } = (await ssh('creds/web', { ip: '10.0.0.5' }, child)).body
    expectEmpty(await put('auth/token/revoke', { token: parent }))
    expect(await Promise.all([parent, child, orphan].map(isGood))).to.deep.equal([
      ...[false, false, true],
    ])
    expectFailure(await put('sys/leases/lookup', { lease_id }), 400, 'invalid lease')
    expectFailure(await ssh('verify', { otp: data.key }, ''), 400, 'OTP not found')
  })

  it('are revoked by themselves, by accessor, and without their children', async () => {
    const self = tokenOf(await create({}))
    expectEmpty(await put('auth/token/revoke-self', {}, self))
    const { client_token: named, accessor } = (await create({})).body.auth
    expectEmpty(await put('auth/token/revoke-accessor', { accessor }))
    const parent = tokenOf(await create({}))
    const child = tokenOf(await create({}, parent))
    expectEmpty(await put('auth/token/revoke-orphan', { token: parent }))
    expect(await Promise.all([self, named, parent, child].map(isGood))).to.deep.equal([
      ...[false, false, false, true],
    ])
    expect((await get('auth/token/lookup-self', child)).body.data.orphan).to.equal(true)
  })

  it('are valid for so many requests, whether those are allowed or not', async () => {
    const token = tokenOf(await create({ num_uses: 2 }))
    expectFailure(await create({}, token), 400, 'restricted use token cannot generate child tokens')
    expect((await get(`${mount}/roles/web`, token)).status).to.equal(200)
    expectFailure(await get(`${mount}/roles/web`, token), 403, 'permission denied')
    expectFailure(await create({ num_uses: -1 }), 400, 'number of uses cannot be negative')
  })

  it('get no credential with their last use', async () => {
    const token = tokenOf(await create({ num_uses: 1 }))
    expectFailure(
      await ssh('creds/web', { ip: '10.0.0.5' }, token),
      400,
      'Secret cannot be returned; token had one use left, so leased credentials were immediately revoked.',
    )
    expect(await isGood(token)).to.equal(false)
  })

  for (const [path, body] of [
    ['lookup-self', () => ({})],
    ['lookup', (auth: Auth) => ({ token: auth.client_token })],
    ['lookup-accessor', (auth: Auth) => ({ accessor: auth.accessor })],
  ] as const)
    it(`are shown by ${path} with their last use`, async () => {
      const { auth } = (await create({ num_uses: 1, ttl: '1h' })).body
      const { data } = (await put(`auth/token/${path}`, body(auth), auth.client_token)).body
      expect(data).to.include({ accessor: auth.accessor, num_uses: -1, creation_ttl: 3600 })
      expect(await isGood(auth.client_token)).to.equal(false)
    })

  it('are not renewed with their last use, and make none', async () => {
    const limited = async () => tokenOf(await create({ num_uses: 1 }))
    const own = await limited()
    const renewals = [
      await put('auth/token/renew-self', {}, await limited()),
      await put('auth/token/renew', { token: own }, own),
    ]
    for (const renewal of renewals) expectFailure(renewal, 400, 'token not found')
    expectFailure(
      await create({}, await limited()),
      400,
      'parent token lookup failed: no parent found',
    )
    expect(await isGood(own)).to.equal(false)
  })

  it('revoke themselves with their last use', async () => {
    const token = tokenOf(await create({ num_uses: 1 }))
    expectEmpty(await put('auth/token/revoke-self', {}, token))
    expect(await isGood(token)).to.equal(false)
  })

  it('say that they live shorter than was asked for', async () => {
    const { body } = await create({ ttl: '2h', explicit_max_ttl: '1h' })
    expect(body.auth.lease_duration).to.equal(3600)
    expect(body.warnings).to.deep.equal([
      'TTL of "2h" exceeded the effective max_ttl of "1h"; TTL value is capped accordingly',
    ])
    const { warnings } = (await create({ ttl: '1h', explicit_max_ttl: '1h' })).body
    expect(warnings).to.equal(null)
  })

  it('end in time', async () => {
    const token = tokenOf(await create({ ttl: '1s' }))
    expect(await isGood(token)).to.equal(true)
    await pause(2000)
    expectFailure(await get('auth/token/lookup-self', token), 403, 'permission denied')
  })

  ours('are refused below 64 others, but not beside them', async () => {
    const create = async (token?: string, data: object = {}) =>
      (await put('auth/token/create', { policies: ['root'], ...data }, token)).body
    let token: string | undefined
    for (let each = 1; each <= 64; each++) token = (await create(token)).auth.client_token
    expect((await create(token)).errors[0]).to.match(/64 ancestors/)
    expect((await create(token, { no_parent: true })).auth.orphan).to.equal(true)
  })
})
