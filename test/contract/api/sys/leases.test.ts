import { expect } from 'chai'
import { api, differs, ours } from '../api.ts'
import { expectEmpty, expectFailure, expectReply } from '../reply.ts'

describe('leases', () => {
  const { ssh, put, list, ask, mount } = api()
  const verify = (otp: string) => ssh('verify', { otp }, '')
  const NOT_FOUND = 'OTP not found'

  const issue = async () => {
    const { lease_id, data } = (await ssh('creds/web', { ip: '10.0.0.5' })).body
    return { id: lease_id as string, otp: data.key as string }
  }

  before(() => ssh('roles/web', { key_type: 'otp', default_user: 'u', cidr_list: '10.0.0.0/8' }))

  it('are shown with their times, and without what they are for', async () => {
    const lives = differs(600, 2_764_800)
    const { id } = await issue()
    const answer = await put('sys/leases/lookup', { lease_id: id })
    const { issue_time, expire_time, ttl } = answer.body.data
    expectReply(answer, {
      data: {
        ...{ id, issue_time, expire_time, last_renewal: null, renewable: false, ttl },
        ...differs({ path: `${mount}/creds/web` }, {}),
      },
    })
    expect(ttl).to.be.within(lives - 100, lives)
    expect(issue_time).to.match(/^\d{4}-\d\d-\d\dT[\d:]{8}(\.\d+)?Z$/)
    const seconds = (Date.parse(expire_time) - Date.parse(issue_time)) / 1000
    expect(seconds).to.be.closeTo(lives, 1)
  })

  it('of passwords are not renewed', async () => {
    const { id } = await issue()
    for (const [path, body] of [
      ['sys/leases/renew', { lease_id: id }],
      [`sys/leases/renew/${id}`, { increment: 60 }],
    ] as const)
      expectFailure(await put(path, body), 400, 'lease is not renewable')
  })

  const REFUSED: readonly (readonly [string, object, string])[] = [
    ['lookup', {}, 'lease_id must be specified'],
    ['renew', {}, 'lease_id must be specified'],
    ['revoke', {}, 'lease_id must be specified'],
    ['lookup', { lease_id: 'nope' }, 'invalid lease'],
    ['renew', { lease_id: 'nope' }, 'lease not found'],
  ]
  for (const [word, body, message] of REFUSED)
    it(`cannot ${word} ${JSON.stringify(body)}`, async () =>
      expectFailure(await put(`sys/leases/${word}`, body), 400, message))

  it('that are not there are revoked well', async () =>
    expectEmpty(await put('sys/leases/revoke', { lease_id: 'nope', sync: true })))

  const WAYS: readonly (readonly [string, (id: string) => readonly [string, object?]])[] = [
    ['with the id in the body', id => ['sys/leases/revoke', { lease_id: id, sync: true }]],
    ['with the id in the path', id => [`sys/leases/revoke/${id}`, { sync: true }]],
    ['by prefix', () => [`sys/leases/revoke-prefix/${mount}/creds`, { sync: true }]],
    ['by force', () => [`sys/leases/revoke-force/${mount}`]],
    ...differs<typeof WAYS, typeof WAYS>(
      [
        ['in the way of 2016', id => [`sys/revoke/${id}`]],
        ['in the way of 2016 by prefix', () => [`sys/revoke-prefix/${mount}`]],
        ['without saying that it shall be done at once', id => [`sys/leases/revoke/${id}`]],
      ],
      [],
    ),
  ]
  for (const [how, request] of WAYS)
    it(`are revoked ${how}, and the password with them`, async () => {
      const { id, otp } = await issue()
      expectEmpty(await put(...request(id)))
      expectFailure(await put('sys/leases/lookup', { lease_id: id }), 400, 'invalid lease')
      expectFailure(await verify(otp), 400, NOT_FOUND)
    })

  it('are listed one level at a time', async () => {
    await put(`sys/leases/revoke-force/${mount}`)
    expectFailure(await list(`sys/leases/lookup/${mount}`), 404)
    const ids = [(await issue()).id, (await issue()).id]
    expectReply(await list(`sys/leases/lookup/${mount}`), { data: { keys: ['creds/'] } })
    const { keys } = (await list('sys/leases/lookup')).body.data
    expect(keys).to.include(`${mount}/`)
    expect(keys).to.satisfy((all: string[]) => all.every(key => /^[^/]+\/$/.test(key)))
    expectReply(await list(`sys/leases/lookup/${mount}/creds/web`), {
      data: { keys: ids.map(id => id.split('/').at(-1)).sort() },
    })
  })

  ours('of a token are listed with the login that each is for', async () => {
    const rules = `path "${mount}/creds/web" { capabilities = ["update"] }`
    await put('sys/policies/acl/one-role', { policy: rules })
    const { client_token: token } = (await put('auth/token/create', { policies: 'one-role' })).body
      .auth
    const own = () => ask('LIST', 'sys/leases/self', { token })
    expectFailure(await own(), 404)
    const { lease_id: id } = (await ssh('creds/web', { ip: '10.0.0.5' }, token)).body
    const { data } = (await own()).body
    expect(data.keys).to.deep.equal([id])
    expect(data.key_info[id]).to.deep.include({
      ...{ kind: 'otp', role: 'web', username: 'u', ip: '10.0.0.5' },
      ...{ path: `${mount}/creds/web`, renewable: false },
    })
    expectEmpty(await put('sys/leases/revoke', { lease_id: id }, token))
    expectFailure(await own(), 404)
  })

  it('below a path are not those of a path that begins alike', async () => {
    await ssh('roles/webs', { key_type: 'otp', default_user: 'u', cidr_list: '10.0.0.0/8' })
    const { data } = (await ssh('creds/webs', { ip: '10.0.0.5' })).body
    expectEmpty(await put(`sys/leases/revoke-prefix/${mount}/creds/web`, { sync: true }))
    expect((await verify(data.key)).status).to.equal(200)
  })
})
