import { expect } from 'chai'
import { HOST_HEADERS } from '../../../../shared/host-signature.ts'
import { SigningHost } from '../../../support/signing-host.ts'
import { api, ours } from '../api.ts'
import { expectEmpty, expectFailure, expectReply } from '../reply.ts'

const NOT_ENROLLED =
  'the request is not signed with the key of an enrolled host: enrol the host, postern-helper enroll'

describe('hosts', () => {
  const { ssh, get, list, ask, mount, delete: remove } = api()
  const host = new SigningHost('web-1')
  const LOGIN = { username: 'ubuntu', ip: '10.0.0.5', role_name: 'web' }

  /** The headers by which a host signs a request, as the helper sends them. */
  const headersOf = (body: object | undefined, changes: object = {}) => {
    const signed = host.sign(body, { now: new Date(), ...changes })
    const entries = Object.entries(HOST_HEADERS).map(([name, header]) => [
      header,
      String(signed[name as keyof typeof HOST_HEADERS]),
    ])
    return Object.fromEntries(entries.filter(([, value]) => value !== '')) as Record<string, string>
  }
  const issue = async () => (await ssh('creds/web', { ip: '10.0.0.5' })).body.data.key as string
  const verify = (body: object, headers: Record<string, string>, verb = 'PUT') =>
    ask(verb, `${mount}/verify`, { body, headers, token: '' })

  before(() =>
    ssh('roles/web', { key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8' }),
  )

  ours('are written, read, listed and deleted', async () => {
    expectEmpty(await ssh('hosts/Plain', { groups: 'a', addresses: '10.0.0.7' }))
    expectReply(await get(`${mount}/hosts/plain`), {
      data: {
        ...{ name: 'plain', enrolled: false, disabled: false },
        ...{ addresses: ['10.0.0.7'], groups: ['a'] },
      },
    })
    expect((await list(`${mount}/hosts`)).body.data.keys).to.deep.equal(['plain'])
    expectEmpty(await remove(`${mount}/hosts/plain`))
    expectFailure(await get(`${mount}/hosts/plain`), 404)
    expectFailure(await list(`${mount}/hosts`), 404)
  })

  ours('enrol with a token, without one of the engine', async () => {
    const { status, body } = await ssh('hosts/web-1/enroll')
    expect([status, Object.keys(body.data)]).to.deep.equal([
      200,
      ['name', 'token', 'token_id', 'expiration'],
    ])
    const answer = await ssh('enroll', host.enrollment(body.data.token), '')
    expect(answer.status).to.equal(200)
    expect(answer.body.data).to.have.all.keys(
      ...['name', 'mount_id', 'version', 'keys', 'enrolled_signatures'],
    )
    const other = new SigningHost('web-1').enrollment(body.data.token)
    expect((await ssh('enroll', other, '')).status).to.equal(400)
  })

  ours('verify with headers that they have signed, however these are written', async () => {
    const body = { otp: await issue() }
    const headers = Object.entries(headersOf(body))
    const shouted = headers.toReversed().map(([name, value]) => [name.toUpperCase(), value])
    expectReply(await verify(body, Object.fromEntries(shouted)), { data: LOGIN })
  })

  ours('may leave the signature out, until that is denied', async () => {
    expectReply(await verify({ otp: await issue() }, {}), { data: LOGIN })
    expectEmpty(await ssh('config/verify', { anonymous: 'deny' }))
    const body = { otp: await issue() }
    expect((await verify(body, {})).status).to.equal(400)
    expectReply(await verify(body, headersOf(body)), { data: LOGIN })
    expectReply(await get(`${mount}/config/verify`), { data: { anonymous: 'deny', max_skew: 300 } })
    expectEmpty(await ssh('config/verify', { anonymous: 'allow' }))
  })

  ours('are refused for another body, method, path or name, and the password is kept', async () => {
    const body = { otp: await issue() }
    const other = headersOf({ ...body, username: 'root' })
    for (const headers of [
      ...[other, headersOf(body, { path: `${mount}/verify` }), headersOf(body, { method: 'POST' })],
      { ...headersOf(body), [HOST_HEADERS.host]: 'web-2' },
      { [HOST_HEADERS.host]: 'web-1' },
      { [HOST_HEADERS.signature]: 'AAAA' },
    ])
      expectFailure(await verify(body, headers), 400, NOT_ENROLLED)
    expectFailure(await verify(body, headersOf(body), 'POST'), 400, NOT_ENROLLED)
    expectReply(await verify(body, headersOf(body)), { data: LOGIN })
  })

  ours('sign what they fetch, and are refused when disabled', async () => {
    const fetch = (path: string) =>
      ask('GET', `${mount}/${path}`, {
        headers: headersOf(undefined, { method: 'GET', path, report: '{"helper_version":"1"}' }),
        token: '',
      })
    for (const path of ['krl', 'verify/keys']) expect((await fetch(path)).status).to.equal(200)
    expect((await get(`${mount}/hosts/web-1`)).body.data.helper_version).to.equal('1')
    const { status, body } = await ssh('hosts/web-1', { disabled: true })
    expect([status, body.warnings])
      .to.have.nested.property('[1][0]')
      .that.matches(/anonymous=deny/)
    for (const path of ['krl', 'verify/keys'])
      expectFailure(await fetch(path), 400, 'host "web-1" is disabled')
  })

  ours(
    'are found by the beginning of a name or by a part, with all that is known of them',
    async () => {
      for (const name of ['db-1', 'db-2', 'dbx'])
        await ssh(`hosts/${name}`, { groups: 'Data', addresses: `10.7.0.${name.length}` })
      const keys = async (query: string) => {
        const { status, body } = await list(`${mount}/hosts?${query}`)
        return status === 404 ? [] : body.data.keys
      }
      expect(await keys('prefix=DB-')).to.deep.equal(['db-1', 'db-2'])
      expect(await keys('prefix=db&limit=2')).to.deep.equal(['db-1', 'db-2'])
      expect(await keys('prefix=db&after=db-2')).to.deep.equal(['dbx'])
      expect(await keys('prefix=db-1')).to.deep.equal(['db-1'])
      expect(await keys('group=data&prefix=dbx')).to.deep.equal(['dbx'])
      expect(await keys('prefix=db~')).to.deep.equal([])
      for (const text of ['DAT', '10.7', 'b'])
        expect(await keys(`search=${text}&prefix=db`)).to.have.length(3)
      expect(await keys('search=7.0.3')).to.deep.equal(['dbx'])

      const { data } = (await get(`${mount}/hosts/web-1`)).body
      const { name, ...about } = data
      const { key_info: info } = (await list(`${mount}/hosts?prefix=web&detail=true`)).body.data
      expect(info).to.deep.equal({ [name]: about })
      expect(about).to.include.keys(
        'disabled_by',
        'last_verify_time',
        'helper_version',
        'clock_skew',
      )
      const { key_info: short } = (await list(`${mount}/hosts?prefix=web`)).body.data
      expect(short[name]).to.have.all.keys('enrolled', 'disabled', 'addresses', 'groups')
    },
  )

  ours('need a token of the engine for all but enroll', async () => {
    for (const [verb, path] of [
      ...[
        ['PUT', 'hosts/x'],
        ['GET', 'hosts/x'],
        ['DELETE', 'hosts/x'],
        ['LIST', 'hosts'],
      ],
      ...[
        ['PUT', 'hosts/x/enroll'],
        ['PUT', 'enroll-tokens'],
        ['LIST', 'enroll-tokens'],
      ],
      ...[
        ['DELETE', 'enroll-tokens/x'],
        ['PUT', 'config/verify'],
        ['GET', 'config/verify'],
      ],
    ] as const)
      expect((await ask(verb ?? '', `${mount}/${path}`, { token: '' })).status).to.equal(403)
  })
})
