import { expect } from 'chai'
import { Keygen } from '../../../support/keygen.ts'
import { testEngine } from '../../../support/test-engine.ts'

describe('config/ca', () => {
  const keygen = new Keygen()
  const rsa = keygen.key('-t', 'rsa', '-b', '2048')
  const ed25519 = keygen.key('-t', 'ed25519')
  const weak = keygen.key('-t', 'rsa', '-b', '1024')
  after(() => keygen[Symbol.dispose]())

  const pair = ({ file, line }: { file: string; line: string }) => ({
    private_key: keygen.read(file),
    public_key: line,
  })

  it('makes a key, which anybody may read as text', async () => {
    const { post, get } = await testEngine()
    const { status, body } = await post('ssh/config/ca', { key_type: 'ed25519' })
    expect(status).to.equal(200)
    expect(body.data.public_key).to.match(/^ssh-ed25519 [\w+/=]+\n$/)
    expect(await get('ssh/public_key', '')).to.deep.equal({
      status: 200,
      body: body.data.public_key,
    })
    expect((await get('ssh/config/ca')).body.data).to.deep.equal(body.data)
  })

  it('makes an RSA key of 4096 bits when nothing is said', async () => {
    const { post } = await testEngine()
    const { body } = await post('ssh/config/ca')
    const file = keygen.write('ca.pub', body.data.public_key)
    const { execFileSync } = await import('node:child_process')
    expect(execFileSync('ssh-keygen', ['-lf', file], { encoding: 'utf8' })).to.match(/^4096 /)
  })

  for (const key of [rsa, ed25519])
    it(`imports ${key.line.split(' ')[0]}`, async () => {
      const { post, get } = await testEngine()
      expect((await post('ssh/config/ca', pair(key))).status).to.equal(204)
      expect((await get('ssh/public_key', '')).body).to.equal(key.line)
    })

  for (const [why, given, message] of [
    [
      'a key and the wish for a new one',
      { ...pair(rsa), generate_signing_key: true },
      'public_key and private_key must not be set when generate_signing_key is set to true',
    ],
    ['no key and no new one', { generate_signing_key: false }, 'missing public_key'],
    [
      'half a pair, and no new one',
      { generate_signing_key: false, public_key: rsa.line },
      'missing private_key',
    ],
    [
      'the private half',
      { private_key: pair(rsa).private_key },
      'only one of public_key and private_key set; both must be set to use, or both must be blank to auto-generate',
    ],
    [
      'halves of two pairs',
      { ...pair(rsa), public_key: ed25519.line },
      'public_key does not belong to private_key',
    ],
    [
      'what is no private key',
      { ...pair(rsa), private_key: 'x' },
      'Unable to parse private_key as an SSH private key: it is not a private key in PEM',
    ],
    [
      'what is no public key',
      { ...pair(rsa), public_key: 'x!' },
      'Unable to parse public_key as an SSH public key: it is not base64',
    ],
    ['a weak key', pair(weak), 'refusing to import weak rsa key: 1024 bits < 2048 bits'],
    [
      'a weak new key',
      { key_type: 'rsa', key_bits: 1024 },
      'refusing to generate weak rsa key: 1024 bits < 2048 bits',
    ],
    [
      'a curve that is not there',
      { key_type: 'ec', key_bits: 300 },
      'unknown ECDSA key pair algorithm and bits: ec / 300',
    ],
    ['DSA', { key_type: 'ssh-dss' }, 'unknown ssh key pair algorithm: ssh-dss'],
  ] as const)
    it(`refuses ${why}`, async () => {
      const { post } = await testEngine()
      expect(await post('ssh/config/ca', given)).to.deep.equal({
        status: 400,
        body: { errors: [message] },
      })
    })

  it('says that nothing is configured', async () => {
    const { get, ask } = await testEngine()
    expect(await get('ssh/config/ca')).to.deep.equal({
      status: 400,
      body: { errors: ["keys haven't been configured yet"] },
    })
    expect(await get('ssh/public_key', '')).to.deep.equal({ status: 404, body: { errors: [] } })
    expect((await ask('delete', 'ssh/config/ca')).status).to.equal(204)
  })

  it('keeps the key that was there, retired, when another takes over', async () => {
    const { post, get, ask } = await testEngine()
    await post('ssh/config/ca', pair(rsa))
    await post('ssh/config/ca', pair(ed25519))
    expect((await get('ssh/public_key', '')).body).to.equal(ed25519.line)
    const { keys, key_info: info } = (await ask('list', 'ssh/issuers/')).body.data
    const states = keys.map((id: string) => [info[id].public_key, info[id].state])
    expect(states).to.have.deep.members([
      [rsa.line, 'retiring'],
      [ed25519.line, 'active'],
    ])
    const trusted = (await get('ssh/public_keys', '')).body as string
    expect(
      trusted
        .trim()
        .split('\n')
        .map(line => line.split(' ').slice(0, 2).join(' ')),
    ).to.have.members([rsa.line, ed25519.line].map(line => line.split(' ').slice(0, 2).join(' ')))
    await post('ssh/config/ca', pair(rsa))
    expect((await ask('list', 'ssh/issuers/')).body.data.keys).to.have.length(2)
    expect((await ask('delete', 'ssh/config/ca')).body.warnings).to.deep.equal([
      'Deleted 2 issuers, including default issuer if configured.',
    ])
    expect(await get('ssh/public_keys', '')).to.include({
      status: 200,
      body: '# no issuer is to be trusted\n',
    })
  })

  it('tells hosts to trust nobody when the only issuer is revoked', async () => {
    const { post, get } = await testEngine()
    await post('ssh/config/ca', pair(ed25519))
    await post('ssh/revoke', { issuer_ref: 'default' })
    expect(await get('ssh/public_keys', '')).to.include({
      status: 200,
      body: '# no issuer is to be trusted\n',
    })
  })
})

describe('issuers', () => {
  it('are staged, take over, retire and tell who depends on them', async () => {
    const { post, get, ask } = await testEngine()
    const old = (await post('ssh/issuers/import/old', { key_type: 'ed25519' })).body.data
    const fresh = (await post('ssh/issuers/import/new', { key_type: 'ed25519' })).body.data
    const role = { key_type: 'ca', allow_user_certificates: true, allowed_users: '*' }
    await post('ssh/roles/any', { ...role, default_user: 'a', ttl: '1h' })
    await post('ssh/roles/fixed', { ...role, default_user: 'a', issuer_ref: 'old' })
    const state = async (ref: string) => (await get(`ssh/issuer/${ref}`)).body.data.state
    expect([await state('old'), await state('new')]).to.deep.equal(['active', 'staged'])
    const { body } = await post('ssh/sign/any', { public_key: fresh.public_key })
    expect(body.data.issuer_id).to.equal(old.issuer_id)

    await post('ssh/config/issuers', { default: 'new' })
    expect([await state('old'), await state('new')]).to.deep.equal(['retiring', 'active'])
    expect((await get('ssh/issuer/old/dependents')).body.data).to.deep.equal({
      issuer_id: old.issuer_id,
      state: 'retiring',
      is_default: false,
      roles: ['fixed'],
      live_certificates: 1,
      safe_after: '2026-01-01T01:00:00.000Z',
    })
    expect((await get('ssh/issuer/default/dependents')).body.data.roles).to.deep.equal(['any'])
    expect((await ask('delete', 'ssh/issuer/old')).body.warnings).to.deep.equal([
      "1 roles reference 'old': fixed",
    ])
    expect(
      (await post('ssh/sign/fixed', { public_key: fresh.public_key })).body.errors,
    ).to.deep.equal(['unable to find issuer for reference: old'])
    expect((await get('ssh/issuer/new/public_key', '')).body).to.equal(fresh.public_key)
  })

  it('are given as lines for known_hosts', async () => {
    const { post, ask } = await testEngine()
    const { body } = await post('ssh/config/ca', { key_type: 'ed25519' })
    const line = body.data.public_key.trim()
    const lines = (hostnames: string) => ask('read', 'ssh/known_hosts', { hostnames }, '')
    expect(await lines('*.example.com,db')).to.deep.equal({
      status: 200,
      body: `@cert-authority *.example.com,db ${line} ${body.data.issuer_id}\n`,
    })
    expect((await lines('a b')).body.errors).to.deep.equal([
      'hostnames must be names as in known_hosts, without blanks',
    ])
    await ask('delete', 'ssh/config/ca')
    expect((await lines('*')).status).to.equal(404)
  })

  it('are given as revoked for known_hosts, for all hosts and for ever', async () => {
    const { post, ask } = await testEngine()
    const { body } = await post('ssh/config/ca', { key_type: 'ed25519' })
    const revoked = `@revoked * ${body.data.public_key.trim()} ${body.data.issuer_id}\n`
    const lines = async () => (await ask('read', 'ssh/known_hosts', { hostnames: 'db' }, '')).body
    await post('ssh/revoke', { issuer_ref: 'default' })
    expect(await lines()).to.equal(revoked)
    const next = (await post('ssh/issuers/import/next', { key_type: 'ed25519' })).body.data
    expect(await lines()).to.equal(`@cert-authority db ${next.public_key.trim()} next\n${revoked}`)
    await ask('delete', 'ssh/config/ca')
    expect(await lines()).to.equal(revoked)
  })

  for (const [name, message] of [
    ['default', "reserved keyword 'default' can not be used as issuer name"],
    ['taken', 'issuer name already in use'],
    ['a@b', '1 error occurred:\n\t* unsupported path\n\n'],
  ] as const)
    it(`cannot be named ${name}`, async () => {
      const { post } = await testEngine()
      await post('ssh/issuers/import/taken', { key_type: 'ed25519' })
      const { body } = await post(`ssh/issuers/import/${name}`, { key_type: 'ed25519' })
      expect(body.errors).to.deep.equal([message])
    })

  for (const [given, message] of [
    [{ default: '' }, "invalid issuer specification; must be non-empty and can't be 'default'."],
    [
      { default: 'default' },
      "invalid issuer specification; must be non-empty and can't be 'default'.",
    ],
    [{ default: 'no' }, 'unable to find issuer for reference: no'],
  ] as const)
    it(`cannot have ${JSON.stringify(given)}`, async () => {
      const { post, get } = await testEngine()
      expect((await post('ssh/config/issuers', given)).body.errors).to.deep.equal([message])
      expect((await get('ssh/config/issuers')).body.errors).to.deep.equal([
        'no default issuer currently configured',
      ])
    })
})

describe('certs', () => {
  const keygen = new Keygen()
  const ann = keygen.key('-t', 'ed25519')
  const bob = keygen.key('-t', 'ed25519')
  after(() => keygen[Symbol.dispose]())

  it('finds certificates by all that they say, in pages', async () => {
    const { post, get, ask } = await testEngine()
    await post('ssh/config/ca', { key_type: 'ed25519' })
    const role = { key_type: 'ca', allow_user_certificates: true, allowed_users: '*', ttl: '1h' }
    for (const name of ['web', 'db']) await post(`ssh/roles/${name}`, role)
    const sign = async (name: string, line: string, principals: string) => {
      const given = { public_key: line, valid_principals: principals }
      const { serial_number: serial } = (await post(`ssh/sign/${name}`, given)).body.data
      return serial.padStart(16, '0') as string
    }
    const made = [
      await sign('web', ann.line, 'a,b'),
      await sign('web', bob.line, 'b'),
      await sign('db', ann.line, 'c'),
    ] as const
    const find = async (query: object) => {
      const { status, body } = await ask('list', 'ssh/certs/', query)
      return status === 404 ? [] : (body.data.keys as string[])
    }
    expect(await find({})).to.deep.equal([...made].sort())
    expect(await find({ role: 'web' })).to.have.members([made[0], made[1]])
    expect(await find({ principal: 'b' })).to.have.members([made[0], made[1]])
    expect(await find({ principal: 'b', role: 'db' })).to.deep.equal([])
    const shown = (await get(`ssh/certs/${made[0]}`)).body.data
    expect(await find({ fingerprint: shown.fingerprint })).to.have.members([made[0], made[2]])
    expect(await find({ key_id: shown.key_id })).to.have.members([made[0], made[2]])
    expect(await find({ issuer_id: shown.issuer_id, role: 'db' })).to.deep.equal([made[2]])
    const [first = '', second] = [...made].sort()
    expect(await find({ limit: 1 })).to.deep.equal([first])
    expect(await find({ limit: 1, after: first })).to.deep.equal([second])
    expect(shown).to.deep.include({
      state: 'valid',
      cert_type: 'user',
      valid_principals: ['a', 'b'],
      role: 'web',
      entity_id: '',
      display_name: 'root',
      valid_after: '2025-12-31T23:59:30.000Z',
      valid_before: '2026-01-01T01:00:00.000Z',
      revocation_time: null,
    })
    expect((await get('ssh/certs/ffff')).status).to.equal(404)
  })
})
