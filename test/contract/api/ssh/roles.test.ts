import { expect } from 'chai'
import { api, differs, ours } from '../api.ts'
import { expectEmpty, expectFailure, expectReply, listed } from '../reply.ts'

const OTP = { key_type: 'otp', default_user: 'ubuntu' }

describe('roles of an SSH mount', () => {
  const { ssh, get, list, ask, delete: remove, mount } = api()

  it('are kept whole and read back', async () => {
    expectEmpty(
      await ssh('roles/whole', {
        ...OTP,
        cidr_list: '10.1.2.3/8, fd00::/8',
        exclude_cidr_list: '10.9.0.0/16',
        allowed_users: 'alice, bob',
        port: 2222,
      }),
    )
    expectReply(await get(`${mount}/roles/whole`), {
      data: {
        key_type: 'otp',
        default_user: 'ubuntu',
        cidr_list: '10.1.2.3/8, fd00::/8',
        exclude_cidr_list: '10.9.0.0/16',
        allowed_users: 'alice, bob',
        port: 2222,
      },
    })
  })

  it('are replaced whole by a write', async () => {
    expectEmpty(await ssh('roles/again', { ...OTP, allowed_users: 'alice', port: 2222 }))
    expectEmpty(await ssh('roles/again', { ...OTP, key_type: 'OTP' }))
    expectReply(await get(`${mount}/roles/again`), {
      data: {
        ...{ ...OTP, cidr_list: '', exclude_cidr_list: '', allowed_users: '', port: 22 },
      },
    })
  })

  it('take what clients send for every type, and drop it', async () => {
    expectEmpty(
      await ssh('roles/hvac', {
        ...OTP,
        ...{ key: '', admin_user: '', key_bits: 1024, ttl: '', max_ttl: '', install_script: '' },
        ...{ allow_user_certificates: '', allow_host_certificates: '', key_option_specs: '' },
        ...{ allowed_critical_options: '', allowed_extensions: '', key_id_format: '' },
        ...{ default_critical_options: {}, default_extensions: {}, unknown: [1] },
      }),
    )
    const { body } = await get(`${mount}/roles/hvac`)
    expect(body.data).to.deep.equal({
      ...{ ...OTP, cidr_list: '', exclude_cidr_list: '', allowed_users: '', port: 22 },
    })
  })

  const PORTS: readonly (readonly [unknown, number])[] = [
    [2222, 2222],
    ['2222', 2222],
    ['0x16', 22],
    ['026', 22],
    [0, 22],
    ['', 22],
    [true, 1],
    [2222.0, 2222],
  ]
  for (const [port, kept] of PORTS)
    it(`take the port ${JSON.stringify(port)} for ${kept}`, async () => {
      expectEmpty(await ssh('roles/port', { ...OTP, port }))
      expect((await get(`${mount}/roles/port`)).text).to.match(new RegExp(`"port":${kept}[,}]`))
    })

  const TEXTS: readonly (readonly [unknown, string])[] = [
    [12, '12'],
    [1.5, '1.5'],
    [true, '1'],
    [false, '0'],
    [null, ''],
    ['ä "\\', 'ä "\\'],
  ]
  for (const [text, kept] of TEXTS)
    it(`take ${JSON.stringify(text)} for the text ${JSON.stringify(kept)}`, async () => {
      expectEmpty(await ssh('roles/text', { ...OTP, allowed_users: text }))
      expect((await get(`${mount}/roles/text`)).body.data.allowed_users).to.equal(kept)
    })

  const REFUSED: readonly (readonly [string, object, string])[] = [
    ['no type', {}, 'missing key type'],
    ['an unknown type', { key_type: 'foo' }, 'invalid key type'],
    ['no default user', { key_type: 'otp' }, 'missing default user'],
    ['no type before no user', { default_user: '' }, 'missing key type'],
    [
      'certificates for nobody',
      { key_type: 'ca' },
      "Either 'allow_user_certificates' or 'allow_host_certificates' must be set to 'true'",
    ],
    [
      'a longer time than the longest',
      { key_type: 'ca', allow_user_certificates: 'true', ttl: '2h', max_ttl: '1h' },
      '"ttl" value must be less than "max_ttl" when both are specified',
    ],
  ]
  for (const [what, body, message] of REFUSED)
    it(`are refused with ${what}`, async () => {
      expectFailure(await ssh('roles/refused', body), 400, message)
      expectFailure(await get(`${mount}/roles/refused`), 404)
    })

  const BLOCKS: readonly (readonly [string, object, string])[] = [
    [
      'a block that is none',
      { cidr_list: '10.0.0.0/8,10.0.0.0/33' },
      'failed to validate cidr_list: invalid CIDR address: 10.0.0.0/33',
    ],
    [
      'a block that is none to leave out',
      { exclude_cidr_list: '10.0.0.0' },
      'failed to validate exclude_cidr_list entry: invalid CIDR address: 10.0.0.0',
    ],
    [
      'both, and names the first',
      { cidr_list: 'x', exclude_cidr_list: 'y' },
      'failed to validate cidr_list: invalid CIDR address: x',
    ],
  ]
  for (const [what, lists, message] of BLOCKS)
    it(`are refused with ${what}, before anything else`, async () => {
      // OpenBao takes this for a fault of its own
      const [status, text] = differs([400, message] as const, [500, listed(message)] as const)
      expectFailure(await ssh('roles/refused', lists), status, text)
    })

  ours('of type otp keep lifetimes of their own, and show those that are set', async () => {
    expectEmpty(await ssh('roles/short', { ...OTP, ttl: '5m', max_ttl: 600 }))
    const { data } = (await get(`${mount}/roles/short`)).body
    expect([data.ttl, data.max_ttl]).to.deep.equal([300, 600])
    await ssh('roles/short', { ...OTP, max_ttl: '1m' })
    expect((await get(`${mount}/roles/short`)).body.data).not.to.have.property('ttl')
    expectFailure(
      await ssh('roles/short', { ...OTP, ttl: '5m', max_ttl: '1m' }),
      400,
      '"ttl" value must be less than "max_ttl" when both are specified',
    )
  })

  ours('of type otp have no administrator', async () =>
    expectFailure(
      await ssh('roles/refused', { ...OTP, admin_user: 'root' }),
      400,
      'admin user not required for OTP type',
    ),
  )

  const DYNAMIC: readonly (readonly [object, string])[] = [
    [{}, 'missing default user'],
    [{ default_user: 'u' }, 'missing key name'],
    [{ default_user: 'u', key: 'nope' }, `invalid 'key': "nope"`],
  ]
  for (const [body, message] of DYNAMIC)
    ours(`of type dynamic can be refused with: ${message}`, async () =>
      expectFailure(await ssh('roles/d', { key_type: 'dynamic', ...body }), 400, message),
    )

  const FIELDS: readonly (readonly [string, unknown])[] = [
    ['port', 'abc'],
    ['port', 1.5],
    ['port', {}],
    ['allowed_users', ['a', 'b']],
    ['allowed_users', {}],
    ['cidr_list', ['10.0.0.0/8']],
    ['allow_user_certificates', 'yes'],
    ['ttl', '5x'],
    ['ttl', -5],
    ['default_extensions', 'permit-pty='],
  ]
  for (const [field, value] of FIELDS)
    it(`are refused with ${field}=${JSON.stringify(value)}`, async () => {
      const { status, body } = await ssh('roles/refused', { ...OTP, [field]: value })
      expect(status).to.equal(400)
      expect(body.errors[0]).to.match(
        new RegExp(`^Field validation failed: error converting input for field "${field}": .`),
      )
    })

  it('are gone when deleted, and may be deleted again', async () => {
    expectEmpty(await ssh('roles/gone', OTP))
    expectEmpty(await remove(`${mount}/roles/gone`))
    expectFailure(await get(`${mount}/roles/gone`), 404)
    expectEmpty(await remove(`${mount}/roles/gone`))
  })

  for (const name of ['a', 'a-b', 'a.b', 'joe@example.com', 'a_', '0'])
    it(`may be named ${name}`, async () => expectEmpty(await ssh(`roles/${name}`, OTP)))

  for (const name of ['-a', 'a-', '.a', 'a.', 'a%20b', 'a/b', '@a', 'a%25b'])
    it(`may not be named ${decodeURIComponent(name)}`, async () =>
      expectFailure(await ssh(`roles/${name}`, OTP), 404, listed('unsupported path')))

  it('cannot be patched', async () =>
    expectFailure(
      await ask('PATCH', `${mount}/roles/whole`, {
        body: { port: 1 },
        headers: { 'content-type': 'application/merge-patch+json' },
      }),
      405,
      listed('unsupported operation'),
    ))

  describe('listed', () => {
    const { ssh, list, ask, mount } = api()

    it('are not there while there is none', async () => {
      expectFailure(await list(`${mount}/roles`), 404)
      expectFailure(await ask('GET', `${mount}/roles?list=true`), 404)
    })

    it('are sorted by their bytes, with their kind', async () => {
      for (const name of ['b', 'a', 'B', 'a1']) await ssh(`roles/${name}`, OTP)
      const key_info = Object.fromEntries(
        ['B', 'a', 'a1', 'b'].map(name => [name, { key_type: 'otp' }]),
      )
      for (const answer of [
        await list(`${mount}/roles`),
        await list(`${mount}/roles/`),
        await ask('GET', `${mount}/roles?list=true`),
        await ask('GET', `${mount}/roles/?list=1`),
      ])
        expectReply(answer, { data: { keys: ['B', 'a', 'a1', 'b'], key_info } })
    })

    it('come in pages', async () => {
      const { keys } = (await ask('GET', `${mount}/roles?list=true&after=B&limit=2`)).body.data
      expect(keys).to.deep.equal(['a', 'a1'])
    })
  })

  it('are listed with the issuer where they sign', async () => {
    await ssh('roles/ca', { key_type: 'ca', allow_user_certificates: 'true' })
    const { key_info } = (await list(`${mount}/roles`)).body.data
    expect(key_info.ca).to.deep.equal({ key_type: 'ca', issuer_ref: 'default' })
  })
})
