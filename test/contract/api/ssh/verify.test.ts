import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import { type Answer, api, ours } from '../api.ts'
import { expectEmpty, expectFailure, expectReply, UUID } from '../reply.ts'

const NOT_FOUND = 'OTP not found'

/** That an answer says this, and carries a signature. */
function expectSigned({ status, body }: Answer, data: object): void {
  expect(status).to.equal(200)
  const { key_id, time, signature, ...said } = body.data
  expect(said).to.deep.equal(data)
  expect([key_id, time, signature].map(each => typeof each)).to.deep.equal(Array(3).fill('string'))
}

describe('redeeming a one-time password', () => {
  const { ssh, put, get, mount, ask, delete: remove } = api()

  const issue = async (token?: string) =>
    (await ssh('creds/web', { ip: '10.0.0.5' }, token)).body as {
      readonly lease_id: string
      readonly data: { readonly key: string }
    }
  const verify = (body: object) => ssh('verify', body, '')
  const LOGIN = { username: 'ubuntu', ip: '10.0.0.5', role_name: 'web' }

  before(() =>
    ssh('roles/web', { key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8' }),
  )

  it('needs no token, and works once', async () => {
    const otp = (await issue()).data.key
    expectReply(await verify({ otp }), { data: LOGIN })
    expectFailure(await verify({ otp }), 400, NOT_FOUND)
  })

  it('works with a bad token, and with a header as a browser sends it', async () => {
    for (const headers of [
      { 'x-vault-token': 'garbage' },
      { authorization: 'Bearer garbage' },
      { authorization: 'Basic Zzpn' },
    ]) {
      const body = { otp: (await issue()).data.key }
      expectReply(await ask('POST', `${mount}/verify`, { body, headers, token: '' }), {
        data: LOGIN,
      })
    }
  })

  const UNKNOWN: readonly object[] = [
    {},
    { otp: '' },
    { otp: null },
    { otp: 'x' },
    { otp: '00000000-0000-0000-0000-000000000000' },
    { otp: 'a\0b' },
    { otp: 17 },
    { otp: 'x'.repeat(60_000) },
    { otp: 'verify-echo-request ' },
  ]
  for (const body of UNKNOWN)
    it(`does not know ${JSON.stringify(body).slice(0, 60)}`, async () =>
      expectFailure(await verify(body), 400, NOT_FOUND))

  it('takes only the very password', async () => {
    const otp = (await issue()).data.key
    for (const other of [otp.toUpperCase(), ` ${otp}`, `${otp}\n`, otp.replaceAll('-', '')])
      if (other !== otp) expectFailure(await verify({ otp: other }), 400, NOT_FOUND)
    expectReply(await verify({ otp }), { data: LOGIN })
  })

  it('refuses a list', async () => {
    const { status, body } = await verify({ otp: ['x'] })
    expect(status).to.equal(400)
    expect(body.errors[0]).to.match(/error converting input for field "otp"/)
  })

  it('answers the echo, with passwords or without', async () => {
    const { key: otp } = (await issue()).data
    const echo = { data: { message: 'verify-echo-response' } }
    expectReply(await verify({ otp: 'verify-echo-request' }), echo)
    expectReply(await verify({ otp: 'verify-echo-request' }), echo)
    expectReply(await verify({ otp }), { data: LOGIN })
  })

  it('is a write and nothing else', async () => {
    for (const verb of ['GET', 'DELETE'])
      expectFailure(await ask(verb, `${mount}/verify`, { token: '' }), 405, 'unsupported operation')
    // a list that nobody keeps is a path that is not there, and so for nobody without a token
    expectFailure(await ask('LIST', `${mount}/verify`, { token: '' }), 403, 'permission denied')
  })

  it('warns of fields that mean nothing', async () => {
    const { body } = await verify({ otp: 'verify-echo-request', foo: 1 })
    expect(body.warnings).to.deep.equal(['Endpoint ignored these unrecognized parameters: [foo]'])
  })

  it('fails on another mount', async () => {
    const other = `${mount}-prod`
    expectEmpty(await put(`sys/mounts/${other}`, { type: 'ssh' }))
    const { key: otp } = (await issue()).data
    expectFailure(await put(`${other}/verify`, { otp }, ''), 400, NOT_FOUND)
    expectReply(await put(`${other}/verify`, { otp: 'verify-echo-request' }, ''), {
      data: { message: 'verify-echo-response' },
    })
    expectReply(await verify({ otp }), { data: LOGIN })
    expectEmpty(await remove(`sys/mounts/${other}`))
  })

  it('works when the role is gone', async () => {
    await ssh('roles/leaving', { key_type: 'otp', default_user: 'u', cidr_list: '10.0.0.0/8' })
    const { key: otp } = (await ssh('creds/leaving', { ip: '10.0.0.5' })).body.data
    expectEmpty(await remove(`${mount}/roles/leaving`))
    expectReply(await verify({ otp }), {
      data: { username: 'u', ip: '10.0.0.5', role_name: 'leaving' },
    })
  })

  it('fails once the lease is revoked', async () => {
    const { lease_id, data } = await issue()
    await put('sys/leases/revoke', { lease_id, sync: true })
    expectFailure(await verify({ otp: data.key }), 400, NOT_FOUND)
  })

  it('fails once the token that asked is revoked, or has run out', async () => {
    const token = async (body: object) =>
      (await put('auth/token/create', body)).body.auth.client_token as string
    const revoked = await token({})
    const { key: one } = (await issue(revoked)).data
    expectEmpty(await put('auth/token/revoke', { token: revoked }))
    const short = await token({ policies: 'root', ttl: '1s' })
    const { key: two } = (await issue(short)).data
    await pause(2500)
    expect((await get('auth/token/lookup-self', short)).status).to.equal(403)
    for (const otp of [one, two]) expectFailure(await verify({ otp }), 400, NOT_FOUND)
  }).timeout(10_000)

  it('fails once the lease has run out', async () => {
    await put(`sys/mounts/${mount}/tune`, { default_lease_ttl: '1s' })
    const { key: otp } = (await issue()).data
    await put(`sys/mounts/${mount}/tune`, { default_lease_ttl: '768h' })
    await pause(2500)
    expectFailure(await verify({ otp }), 400, NOT_FOUND)
  })

  ours('ends the lease', async () => {
    const { lease_id, data } = await issue()
    await verify({ otp: data.key })
    expectFailure(await put('sys/leases/lookup', { lease_id }), 400, 'invalid lease')
    expectEmpty(await put('sys/leases/revoke', { lease_id }))
  })

  const NONCES: readonly string[] = ['n', '!~', 'x'.repeat(128)]
  for (const nonce of NONCES)
    ours(`gives back a nonce of ${nonce.length} characters, and signs the answer`, async () => {
      const otp = (await issue()).data.key
      expectSigned(await verify({ otp, nonce }), { ...LOGIN, nonce })
      expectSigned(await verify({ otp: 'verify-echo-request', nonce }), {
        message: 'verify-echo-response',
        nonce,
      })
      const refused = await verify({ otp, nonce })
      expect(refused).to.deep.include({ status: 400 })
      const { errors, request_id, ...signature } = refused.body
      expect([errors, request_id]).to.deep.equal([[NOT_FOUND], refused.body.request_id])
      expect(signature).to.have.all.keys('key_id', 'time', 'signature')
    })

  ours('publishes the keys that answers are signed with, to anybody', async () => {
    const { status, body, headers } = await ask('GET', `${mount}/verify/keys`, { token: '' })
    expect(status).to.equal(200)
    expect(body.data).to.have.all.keys('mount_id', 'version', 'keys')
    expect(body.data.keys[0]).to.have.all.keys(
      ...['key_id', 'public_key', 'state', 'created_time', 'signature'],
    )
    expect(headers.etag).to.equal(`"${body.data.mount_id}.${body.data.version}"`)
  })

  ours('replaces its keys only for those who may', async () => {
    expect((await ask('PUT', `${mount}/verify/rotate`, { token: '' })).status).to.equal(403)
    expect((await put(`${mount}/verify/rotate`)).body.data.keys).to.have.length(2)
  })

  for (const nonce of ['', 'a b', 'ä', 'a\n', 'x'.repeat(129)])
    ours(
      `refuses the nonce ${JSON.stringify(nonce).slice(0, 20)}, and keeps the password`,
      async () => {
        const { key: otp } = (await issue()).data
        expectFailure(
          await verify({ otp, nonce }),
          400,
          'nonce must be 1 to 128 printable characters',
        )
        expectReply(await verify({ otp }), { data: LOGIN })
      },
    )

  const MATCHING: readonly object[] = [
    { username: 'ubuntu' },
    { ip: '10.0.0.5' },
    { ip: '::ffff:10.0.0.5' },
    { ip: ['10.0.0.4', '10.0.0.5'] },
    { ip: 'fe80::1, 10.0.0.5' },
    { ip: ['not an address', '10.0.0.5'], username: 'ubuntu' },
    { roles: 'web' },
    { roles: ['db', 'web'], username: 'ubuntu' },
  ]
  for (const login of MATCHING)
    ours(`lets in where it was made for ${JSON.stringify(login)}`, async () =>
      expectReply(await verify({ otp: (await issue()).data.key, ...login }), { data: LOGIN }),
    )

  const OTHER_USER = 'OTP was issued for another username'
  const OTHER_IP = 'OTP was issued for another ip'
  const OTHER_ROLE = 'OTP was issued for a role that is not allowed on this host'
  const ELSEWHERE: readonly (readonly [object, string])[] = [
    [{ username: 'root' }, OTHER_USER],
    [{ username: 'Ubuntu' }, OTHER_USER],
    [{ username: '' }, OTHER_USER],
    [{ username: 'root', ip: '10.0.0.6' }, OTHER_USER],
    [{ ip: '10.0.0.6' }, OTHER_IP],
    [{ ip: [] }, OTHER_IP],
    [{ ip: '' }, OTHER_IP],
    [{ ip: ['10.0.0.4', '10.0.0.6'], username: 'ubuntu' }, OTHER_IP],
    [{ roles: ['db', 'webs'] }, OTHER_ROLE],
    [{ roles: [] }, OTHER_ROLE],
    [{ roles: 'Web', username: 'ubuntu', ip: '10.0.0.5' }, OTHER_ROLE],
  ]
  for (const [login, message] of ELSEWHERE)
    ours(`refuses it for ${JSON.stringify(login)}, and keeps it four times`, async () => {
      const { key: otp } = (await issue()).data
      for (let miss = 1; miss <= 4; miss++)
        expectFailure(await verify({ otp, ...login }), 400, message)
      expectReply(await verify({ otp }), { data: LOGIN })
    })

  ours('kills it, and its lease, at the fifth wrong place', async () => {
    const { lease_id, data } = await issue()
    const otp = data.key
    for (const wrong of [{ ip: '::1' }, { username: 'a' }, { ip: '::1' }, { username: 'b' }])
      await verify({ otp, ...wrong })
    expectFailure(await verify({ otp, username: 'c' }), 400, OTHER_USER)
    expectFailure(await verify({ otp }), 400, NOT_FOUND)
    expectFailure(await put('sys/leases/lookup', { lease_id }), 400, 'invalid lease')
  })

  it('shows nothing that looks like a password in a failure', async () => {
    const { text } = await verify({ otp: '11111111-2222-3333-4444-555555555555' })
    expect(text).not.to.match(new RegExp(UUID.source.slice(1, -1)))
  })
})
