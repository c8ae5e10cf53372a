import { expect } from 'chai'
import { maintain } from '../../../engine/core/background/maintain.ts'
import { testEngine } from '../../support/test-engine.ts'

const WRONG = { status: 400, body: { errors: ['invalid role or secret ID'] } }
const invalid = (text: string) => ({ status: 400, body: { errors: [text] } })

async function machines(role: object = {}) {
  const here = await testEngine()
  await here.post('sys/auth/approle', { type: 'approle' })
  await here.post('auth/approle/role/Web', { token_policies: 'web', token_ttl: '1h', ...role })
  const { role_id } = (await here.get('auth/approle/role/web/role-id')).body.data
  const secretId = async (given: object = {}) =>
    (await here.post('auth/approle/role/web/secret-id', given)).body.data
  const logIn = (secret_id?: string, more: object = {}) =>
    here.ask('update', 'auth/approle/login', { role_id, secret_id }, '', more)
  return { ...here, role_id, secretId, logIn }
}

describe('approle', () => {
  it('logs a machine in', async () => {
    const { secretId, logIn, get, role_id } = await machines()
    const { secret_id, secret_id_accessor, ...rest } = await secretId({
      metadata: '{"rack":"7"}',
    })
    expect(rest).to.deep.equal({ secret_id_num_uses: 0, secret_id_ttl: 0 })
    expect([secret_id, secret_id_accessor, role_id].join()).to.match(/^[0-9a-f-]{36},.{36},.{36}$/)
    const { auth } = (await logIn(secret_id)).body
    expect(auth).to.deep.include({
      policies: ['default', 'web'],
      metadata: { rack: '7', role_name: 'web' },
      lease_duration: 3600,
    })
    const token = (await get('auth/token/lookup-self', auth.client_token)).body.data
    expect(token.display_name).to.equal('approle')
    const entity = (await get(`identity/entity/id/${auth.entity_id}`)).body.data
    expect(entity.aliases[0].name).to.equal(role_id)
    expect((await logIn(` ${secret_id}\n`)).status).to.equal(200)
  })

  for (const [why, data, message] of [
    ['no role id', {}, 'missing role_id'],
    ['no secret id', { role_id: '' }, 'missing role_id'],
    ['an unknown role id', { role_id: 'x', secret_id: 'y' }, 'invalid role or secret ID'],
  ] as const)
    it(`lets nobody in who shows ${why}`, async () => {
      const { post } = await machines()
      expect(await post('auth/approle/login', data, '')).to.deep.equal(invalid(message))
    })

  it('lets nobody in with a secret id of another role', async () => {
    const { post, logIn } = await machines()
    await post('auth/approle/role/db', {})
    const { secret_id } = (await post('auth/approle/role/db/secret-id')).body.data
    expect(await logIn(secret_id)).to.deep.equal(WRONG)
    expect(await logIn('')).to.deep.equal(invalid('missing secret_id'))
  })

  it('lets one of many use the last use of a secret id', async () => {
    const { secretId, logIn } = await machines()
    const { secret_id } = await secretId({ num_uses: 1 })
    const answers = await Promise.all(Array.from({ length: 32 }, () => logIn(secret_id)))
    const winners = answers.filter(({ status }) => status === 200)
    expect(winners).to.have.length(1)
    for (const answer of answers) if (answer.status !== 200) expect(answer).to.deep.equal(WRONG)
  })

  it('lets as many in as a secret id has uses', async () => {
    const { secretId, logIn, post } = await machines()
    const { secret_id, secret_id_accessor } = await secretId({ num_uses: 3 })
    for (const left of [2, 1]) {
      expect((await logIn(secret_id)).status).to.equal(200)
      const { data } = (
        await post('auth/approle/role/web/secret-id-accessor/lookup', { secret_id_accessor })
      ).body
      expect(data.secret_id_num_uses).to.equal(left)
    }
    expect((await logIn(secret_id)).status).to.equal(200)
    expect(await logIn(secret_id)).to.deep.equal(WRONG)
  })

  it('ends a secret id when its time is over, and forgets it', async () => {
    const { secretId, logIn, pass, core, store, ask } = await machines({ secret_id_ttl: '10m' })
    const { secret_id } = await secretId()
    pass(599)
    expect((await logIn(secret_id)).status).to.equal(200)
    pass(1)
    expect(await logIn(secret_id)).to.deep.equal(WRONG)
    expect((await ask('list', 'auth/approle/role/web/secret-id/')).status).to.equal(404)
    const mount = core.mounts.at('auth/approle')!
    await maintain(core)
    expect(await store.list(`mount/${mount.id}/accessor/`)).to.deep.equal([])
    expect(await store.list(`mount/${mount.id}/secret-id/`)).to.deep.equal([])
  })

  it('keeps no secret id that could be read', async () => {
    const { secretId, store, core } = await machines()
    const { secret_id } = await secretId()
    const mount = core.mounts.at('auth/approle')!
    const dump: string[] = []
    const walk = async (prefix: string): Promise<void> => {
      for (const key of await store.list(prefix))
        if (key.endsWith('/')) await walk(prefix + key)
        else dump.push(prefix + key, String(Buffer.from((await store.get(prefix + key))!.value)))
    }
    await walk(`mount/${mount.id}/`)
    expect(dump.join()).to.include('"role').and.not.include(secret_id)
  })

  it('looks secret ids up, lists and destroys them', async () => {
    const { secretId, post, ask, logIn } = await machines()
    const { secret_id, secret_id_accessor } = await secretId({ cidr_list: '192.0.2.0/24' })
    expect((await ask('list', 'auth/approle/role/web/secret-id/')).body.data.keys).to.deep.equal([
      secret_id_accessor,
    ])
    const { data } = (await post('auth/approle/role/web/secret-id/lookup', { secret_id })).body
    expect(data).to.deep.equal({
      cidr_list: ['192.0.2.0/24'],
      creation_time: '2026-01-01T00:00:00.000Z',
      expiration_time: '0001-01-01T00:00:00Z',
      last_updated_time: '2026-01-01T00:00:00.000Z',
      metadata: {},
      secret_id_accessor,
      secret_id_num_uses: 0,
      secret_id_ttl: 0,
      token_bound_cidrs: [],
    })
    await post('auth/approle/role/web/secret-id-accessor/destroy', { secret_id_accessor })
    expect(await logIn(secret_id)).to.deep.equal(WRONG)
    expect((await post('auth/approle/role/web/secret-id/lookup', { secret_id })).status).to.equal(
      204,
    )
    const second = await secretId()
    await post('auth/approle/role/web/secret-id/destroy', { secret_id: second.secret_id })
    expect(await logIn(second.secret_id)).to.deep.equal(WRONG)
    expect(
      await post('auth/approle/role/web/secret-id-accessor/lookup', { secret_id_accessor: 'x' }),
    ).to.deep.equal({
      status: 404,
      body: { errors: ['failed to find accessor entry for secret_id_accessor: "x"'] },
    })
  })

  it('binds logins and tokens to addresses', async () => {
    const { secretId, logIn, get, ask } = await machines({
      secret_id_bound_cidrs: ['192.0.2.0/24', '198.51.100.0/24'],
    })
    const from = (address: string) => ({ client: { address, port: 1 } })
    const { secret_id } = await secretId({
      cidr_list: '192.0.2.0/28',
      token_bound_cidrs: '192.0.2.1',
    })
    expect((await logIn(secret_id, from('198.51.100.1'))).body.errors).to.deep.equal([
      'source address "198.51.100.1" unauthorized by CIDR restrictions on the secret ID',
    ])
    const other = await secretId()
    expect((await logIn(other.secret_id, from('203.0.113.1'))).body.errors).to.deep.equal([
      'source address "203.0.113.1" unauthorized by CIDR restrictions on the role',
    ])
    const { auth } = (await logIn(secret_id, from('192.0.2.1'))).body
    expect((await get('auth/token/lookup-self', auth.client_token)).status).to.equal(200)
    expect(
      (await ask('read', 'auth/token/lookup-self', {}, auth.client_token, from('192.0.2.2')))
        .status,
    ).to.equal(403)
  })

  it('lets a refused login cost no use', async () => {
    const { secretId, logIn } = await machines()
    const { secret_id } = await secretId({ num_uses: 1, cidr_list: '192.0.2.0/24' })
    const elsewhere = { client: { address: '203.0.113.1', port: 1 } }
    expect((await logIn(secret_id, elsewhere)).status).to.equal(400)
    expect((await logIn(secret_id)).status).to.equal(200)
  })

  it('does without secret ids only where addresses are bound', async () => {
    const { post, logIn } = await machines()
    expect(await post('auth/approle/role/web', { bind_secret_id: false })).to.deep.equal(
      invalid('at least one constraint should be enabled on the role'),
    )
    await post('auth/approle/role/web', {
      bind_secret_id: false,
      secret_id_bound_cidrs: '192.0.2.0/24',
    })
    expect((await logIn()).status).to.equal(200)
    expect((await post('auth/approle/role/web/secret-id')).body.errors).to.deep.equal([
      'bind_secret_id is not set on the role',
    ])
  })

  it('reads, changes and resets roles and their settings', async () => {
    const { get, post, ask } = await machines()
    const path = 'auth/approle/role/web'
    expect((await get(path)).body.data).to.deep.equal({
      bind_secret_id: true,
      local_secret_ids: false,
      secret_id_bound_cidrs: null,
      secret_id_num_uses: 0,
      secret_id_ttl: 0,
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
    await post(`${path}/secret-id-ttl`, { secret_id_ttl: '5m' })
    await post(`${path}/policies`, { token_policies: 'a,b' })
    expect((await get(`${path}/secret-id-ttl`)).body.data).to.deep.equal({ secret_id_ttl: 300 })
    expect((await get(path)).body.data.token_policies).to.deep.equal(['a', 'b'])
    await ask('delete', `${path}/secret-id-ttl`)
    expect((await get(path)).body.data.secret_id_ttl).to.equal(0)
    expect((await ask('list', 'auth/approle/role/')).body.data).to.deep.equal({ keys: ['web'] })
  })

  it('keeps role ids apart', async () => {
    const { post, role_id } = await machines()
    await post('auth/approle/role/db', {})
    expect(await post('auth/approle/role/db/role-id', { role_id })).to.deep.equal(
      invalid('role_id already in use'),
    )
    await post('auth/approle/role/db/role-id', { role_id: 'ours' })
    expect((await post('auth/approle/login', { role_id: 'ours' }, '')).body.errors).to.deep.equal([
      'missing secret_id',
    ])
  })

  it('takes the secret ids of a deleted role to nobody', async () => {
    const { secretId, logIn, ask, post, role_id, core, store } = await machines()
    const { secret_id } = await secretId()
    await ask('delete', 'auth/approle/role/web')
    expect(await logIn(secret_id)).to.deep.equal(WRONG)
    await post('auth/approle/role/web', { role_id })
    expect(await logIn(secret_id)).to.deep.equal(WRONG)
    await maintain(core)
    const mount = core.mounts.at('auth/approle')!
    expect(await store.list(`mount/${mount.id}/secret-id/`)).to.deep.equal([])
    expect(await store.list(`mount/${mount.id}/gone/`)).to.deep.equal([])
  })

  for (const [why, role, given, message] of [
    [
      'more uses than its role allows',
      { secret_id_num_uses: 5 },
      { num_uses: 6 },
      "num_uses cannot be higher than the role's secret_id_num_uses",
    ],
    [
      'any number of uses where its role allows some',
      { secret_id_num_uses: 5 },
      { num_uses: 0 },
      "num_uses cannot be higher than the role's secret_id_num_uses",
    ],
    [
      'a longer time than its role allows',
      { secret_id_ttl: 60 },
      { ttl: 61 },
      "ttl cannot be longer than the role's secret_id_ttl",
    ],
    ['a negative number of uses', {}, { num_uses: -1 }, 'num_uses cannot be negative'],
    ['metadata that cannot be read', {}, { metadata: '{"a"' }, /^failed to parse metadata: /],
  ] as const)
    it(`makes no secret id with ${why}`, async () => {
      const { post } = await machines(role)
      const { status, body } = await post('auth/approle/role/web/secret-id', given)
      expect(status).to.equal(400)
      if (typeof message === 'string') expect(body.errors).to.deep.equal([message])
      else expect(body.errors[0]).to.match(message)
    })
})
