import { expect } from 'chai'
import { api, ours } from '../api.ts'
import { expectEmpty, expectFailure } from '../reply.ts'

describe('bodies', () => {
  const { ssh, get, ask, mount } = api()
  const path = `${mount}/roles/body`
  const write = (body: string, type?: string) =>
    ask('POST', path, { body, ...(type !== undefined && { headers: { 'content-type': type } }) })

  // OpenBao 2.5 says it shortly, later ones as Postern
  const UNDECODABLE: readonly string[] = [
    ...['{', 'x', '[]', '[{"a":1}]', '"text"', '17', 'true', '{"a":}', "{'a':1}", '{"a":1,}'],
    ...['{"a":"\u0001"}', 'key_type=otp'],
  ]
  for (const body of UNDECODABLE)
    it(`that are ${JSON.stringify(body)} are refused`, async () => {
      const { status, body: reply } = await write(body)
      expect(status).to.equal(400)
      expect(reply.errors).to.have.length(1)
      expect(reply.errors[0]).to.match(/^failed to decode JSON input: .|^error parsing JSON$/)
    })

  for (const body of ['', '{}', ' {} ', 'null'])
    it(`that are ${JSON.stringify(body)} say nothing`, async () =>
      expectFailure(await write(body), 400, 'missing key type'))

  it('keep the last of two members of one name', async () => {
    expectEmpty(await write('{"key_type":"ca","key_type":"otp","default_user":"u"}'))
    expect((await get(path)).body.data.key_type).to.equal('otp')
  })

  const FORM = 'application/x-www-form-urlencoded'
  for (const type of [FORM, `${FORM}; charset=utf-8`])
    it(`of the type ${type} are forms`, async () => {
      expectEmpty(
        await write('key_type=otp&default_user=a%20b&allowed_users=x&allowed_users=y', type),
      )
      expect((await get(path)).body.data).to.include({
        default_user: 'a b',
        allowed_users: 'x,y',
      })
    })

  it('that begin as JSON are JSON, whatever they are called', async () => {
    for (const type of [FORM, 'text/plain', 'application/json; charset=utf-8', 'nonsense'])
      expectEmpty(await write(' {"key_type":"otp","default_user":"u"}', type))
  })

  it('that are too large are refused', async () => {
    const { status, text } = await write(`{"key_type":"${'x'.repeat(33 << 20)}"}`)
    expect(status).to.equal(413)
    expect(text).to.include('http: request body too large')
  }).timeout(20_000)

  it('of too many texts are refused', async () => {
    const many = JSON.stringify({ list: Array(2000).fill('x') })
    const { status, body } = await write(many)
    expect(status).to.equal(400)
    expect(body.errors[0]).to.match(
      /^refused JSON input due to high complexity: .|^error parsing JSON$/,
    )
  })

  it('that are deep do no harm', async () => {
    const { status } = await write(`${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`)
    expect(status).to.equal(400)
    expectEmpty(await ssh('roles/body', { key_type: 'otp', default_user: 'u' }))
  })

  it('patch only as what they are called', async () => {
    const patch = (type: string) =>
      ask('PATCH', path, { body: '{}', headers: { 'content-type': type } })
    expectFailure(
      await patch('application/json'),
      415,
      'PATCH requires Content-Type of application/merge-patch+json, provided application/json',
    )
    expect((await patch('application/merge-patch+json')).status).to.equal(405)
  })

  it('cannot be written to a path that ends in a slash', async () =>
    expectFailure(await ssh('roles/', {}), 400, "cannot write to a path ending in '/'"))

  describe('with fields of every type', () => {
    const kept = async (fields: object) => {
      const { status, text } = await ssh('roles/kinds', {
        ...{ key_type: 'ca', allow_host_certificates: true },
        ...fields,
      })
      expect(status, text).to.equal(204)
      return (await get(`${mount}/roles/kinds`)).body.data
    }

    const KEPT: readonly (readonly [string, unknown, unknown])[] = [
      ...[true, 1, '1', 't', 'T', 'TRUE', 'true', 'True'].map(
        value => ['allow_subdomains', value, true] as const,
      ),
      ...[false, 0, '0', 'f', 'F', 'FALSE', 'false', 'False', ''].map(
        value => ['allow_subdomains', value, false] as const,
      ),
      ['ttl', 90, 90],
      ['ttl', '90', 90],
      ['ttl', '90s', 90],
      ['ttl', '1h30m', 5400],
      ['ttl', '1.5h', 5400],
      ['ttl', '2d', 172_800],
      ['ttl', '1500ms', 1],
      ['ttl', '', 0],
      ['ttl', null, 0],
      ['not_before_duration', null, 30],
      ['default_extensions', { 'permit-pty': '' }, { 'permit-pty': '' }],
      ['default_extensions', [], {}],
      ['default_extensions', [{ a: 'b' }, { c: 'd' }], { a: 'b', c: 'd' }],
      ['allowed_user_key_lengths', { rsa: 2048, ec: [256, 384] }, { rsa: [2048], ec: [256, 384] }],
    ]
    for (const [field, value, result] of KEPT)
      it(`keep ${field}=${JSON.stringify(value)} as ${JSON.stringify(result)}`, async () =>
        expect((await kept({ [field]: value }))[field]).to.deep.equal(result))

    ours('keep any number but 0 as true', async () =>
      expect((await kept({ allow_subdomains: 2 })).allow_subdomains).to.equal(true),
    )

    it('say that no time is negative', async () =>
      expectFailure(
        await ssh('roles/kinds', { key_type: 'ca', ttl: -5 }),
        400,
        `Field validation failed: error converting input for field "ttl": cannot provide negative value '-5'`,
      ))
  })
})
