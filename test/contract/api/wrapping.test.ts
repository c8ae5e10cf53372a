import { expect } from 'chai'
import { ROOT, testEngine } from '../../support/test-engine.ts'

const GONE = {
  status: 400,
  body: { errors: ['wrapping token is not valid or does not exist'] },
}

async function wrapping() {
  const here = await testEngine()
  await here.post('ssh/roles/web', {
    key_type: 'otp',
    default_user: 'ubuntu',
    cidr_list: '10.0.0.0/8',
  })
  const wrapped = async (path: string, data: object, wrapTtl = 60) =>
    (await here.ask('update', path, data, ROOT, { wrapTtl })).body
  const unwrap = (token: string) => here.post('sys/wrapping/unwrap', {}, token)
  return { ...here, wrapped, unwrap }
}

describe('A wrapped reply', () => {
  it('is kept back, and given out once, as it would have been sent', async () => {
    const { wrapped, unwrap, post } = await wrapping()
    const body = await wrapped('ssh/creds/web', { ip: '10.0.0.1' })
    expect(body).to.deep.equal({
      request_id: '',
      lease_id: '',
      renewable: false,
      lease_duration: 0,
      data: null,
      wrap_info: {
        token: body.wrap_info.token,
        accessor: body.wrap_info.accessor,
        ttl: 60,
        creation_time: '2026-01-01T00:00:00.000Z',
        creation_path: 'ssh/creds/web',
      },
      warnings: null,
      auth: null,
    })
    const first = await unwrap(body.wrap_info.token)
    expect(first.status).to.equal(200)
    expect(first.body.lease_id).to.match(/^ssh\/creds\/web\/\w{24}$/)
    expect(first.body.request_id).to.match(/^[0-9a-f-]{36}$/)
    expect(first.body.data).to.include({ ip: '10.0.0.1', username: 'ubuntu' })
    expect(await unwrap(body.wrap_info.token)).to.deep.equal(GONE)
    expect((await post('ssh/verify', { otp: first.body.data.key }, '')).status).to.equal(200)
  })

  it('goes to one of many who ask at once', async () => {
    const { wrapped, unwrap } = await wrapping()
    const { token } = (await wrapped('ssh/creds/web', { ip: '10.0.0.1' })).wrap_info
    const answers = await Promise.all(Array.from({ length: 64 }, () => unwrap(token)))
    expect(answers.filter(({ status }) => status === 200)).to.have.length(1)
    expect(answers.filter(({ status }) => status === 400)).to.have.length(63)
  })

  it('can be had with a token in the body', async () => {
    const { wrapped, post } = await wrapping()
    const { token } = (await wrapped('ssh/creds/web', { ip: '10.0.0.1' })).wrap_info
    expect((await post('sys/wrapping/unwrap', { token })).body.data.ip).to.equal('10.0.0.1')
  })

  it('tells where it comes from, and stays', async () => {
    const { wrapped, post, unwrap } = await wrapping()
    const { token } = (await wrapped('ssh/creds/web', { ip: '10.0.0.1' })).wrap_info
    expect((await post('sys/wrapping/lookup', { token }, '')).body.data).to.deep.equal({
      creation_path: 'ssh/creds/web',
      creation_time: '2026-01-01T00:00:00.000Z',
      creation_ttl: 60,
    })
    expect((await unwrap(token)).status).to.equal(200)
    expect(await post('sys/wrapping/lookup', { token }, '')).to.deep.equal(GONE)
  })

  it('has an end', async () => {
    const { wrapped, unwrap, pass } = await wrapping()
    const { token } = (await wrapped('ssh/creds/web', { ip: '10.0.0.1' })).wrap_info
    pass(61)
    expect(await unwrap(token)).to.deep.equal(GONE)
  })

  it('is forgotten when its token is revoked', async () => {
    const { wrapped, post, store } = await wrapping()
    const { accessor } = (await wrapped('ssh/creds/web', { ip: '10.0.0.1' })).wrap_info
    expect(await store.list('token/own/')).to.have.length(1)
    await post('auth/token/revoke-accessor', { accessor })
    expect(await store.list('token/own/')).to.deep.equal([])
  })

  it('is the only thing that its token may be used for', async () => {
    const { wrapped, get, unwrap } = await wrapping()
    const { token } = (await wrapped('ssh/creds/web', { ip: '10.0.0.1' })).wrap_info
    expect((await get('auth/token/lookup-self', token)).status).to.equal(403)
    // and that was its one use
    expect(await unwrap(token)).to.deep.equal(GONE)
  })

  it('can be wrapped anew', async () => {
    const { wrapped, post, unwrap } = await wrapping()
    const { token } = (await wrapped('ssh/creds/web', { ip: '10.0.0.1' })).wrap_info
    const again = (await post('sys/wrapping/rewrap', { token })).body.wrap_info
    expect([again.ttl, again.creation_path]).to.deep.equal([60, 'ssh/creds/web'])
    expect(await unwrap(token)).to.deep.equal(GONE)
    expect((await unwrap(again.token)).body.data.ip).to.equal('10.0.0.1')
  })

  it('names the accessor of a token in it', async () => {
    const { wrapped, unwrap } = await wrapping()
    const info = (await wrapped('auth/token/create', { ttl: '1h' })).wrap_info
    const { auth } = (await unwrap(info.token)).body
    expect(auth.accessor).to.equal(info.wrapped_accessor)
  })

  it('can be anything that a client sends, but not pass for what the server says', async () => {
    const { wrapped, post, unwrap } = await wrapping()
    const sent = { a: 1, auth: { client_token: 'x' }, lease_id: 'y' }
    const { token } = (await wrapped('sys/wrapping/wrap', sent)).wrap_info
    const { body } = await unwrap(token)
    expect(body.data).to.deep.equal(sent)
    expect([body.auth, body.lease_id, body.warnings]).to.deep.equal([null, '', null])
    expect(await post('sys/wrapping/wrap', sent)).to.deep.equal({
      status: 400,
      body: { errors: ['endpoint requires response wrapping to be used'] },
    })
  })

  for (const [why, token] of [
    ['no token', ''],
    ['a token of another kind', 'root'],
    ['a token that never was', 'hvs.nope'],
  ] as const)
    it(`is not given for ${why}`, async () => {
      const { unwrap, get } = await wrapping()
      expect(await unwrap(token)).to.deep.equal(GONE)
      // a mistake does not cost a good token
      expect((await get('auth/token/lookup-self')).status).to.equal(200)
    })

  it('may be text or bytes, for who has a token', async () => {
    const { ask, post, get, unwrap } = await wrapping()
    await post('ssh/config/ca', { key_type: 'ed25519' })
    for (const path of ['ssh/public_key', 'ssh/krl', 'sys/metrics']) {
      const { body } = await get(path)
      const { wrap_info: info } = (await ask('read', path, {}, ROOT, { wrapTtl: 60 })).body
      expect(info.creation_path).to.equal(path)
      const { status, body: given } = await unwrap(info.token)
      expect(status).to.equal(200)
      if (path === 'sys/metrics') expect(given).to.be.a('string')
      else expect(given).to.deep.equal(body)
      expect(await unwrap(info.token)).to.deep.equal(GONE)
    }
    for (const token of ['', 'nope'])
      expect((await ask('read', 'ssh/public_key', {}, token, { wrapTtl: 60 })).body).to.match(
        /^ssh-ed25519 /,
      )
    expect((await ask('read', 'sys/health', {}, ROOT, { wrapTtl: 60 })).body.sealed).to.equal(false)
  })

  it('is not made of an error, nor of nothing', async () => {
    const { wrapped } = await wrapping()
    expect(await wrapped('ssh/creds/none', { ip: '10.0.0.1' })).to.deep.equal({
      errors: ['Role "none" not found'],
    })
    expect(await wrapped('ssh/roles/second', { key_type: 'otp', default_user: 'a' })).to.equal(
      undefined,
    )
  })
})
