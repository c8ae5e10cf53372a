import { expect } from 'chai'
import { serve } from '../../../../engine/core/request/serve.ts'
import { encodeKrl } from '../../../../engine/openssh/krl.ts'
import { Keygen } from '../../../support/keygen.ts'
import { testEngine } from '../../../support/test-engine.ts'

const ROLE = {
  key_type: 'ca',
  allow_user_certificates: true,
  default_user: 'ubuntu',
  allowed_users: '*',
  allow_user_key_ids: true,
  ttl: '1h',
}

const FOUND = ['serial_number', 'key_id', 'fingerprint', 'role', 'issuer_ref'] as const

describe('revoke', () => {
  const keygen = new Keygen()
  const ann = keygen.key('-t', 'ed25519')
  const bob = keygen.key('-t', 'ecdsa')
  after(() => keygen[Symbol.dispose]())

  async function signing() {
    const made = await testEngine()
    await made.post('ssh/config/ca', { key_type: 'ed25519' })
    for (const role of ['web', 'db']) await made.post(`ssh/roles/${role}`, ROLE)
    const sign = async (line: string, role = 'web', keyId = '') => {
      const given = { public_key: line, key_id: keyId }
      return (await made.post(`ssh/sign/${role}`, given)).body.data
    }
    const krl = async () => (await made.get('ssh/krl', '')).body as Buffer
    const revoke = (by: string, value: string) => made.post('ssh/revoke', { [by]: value })
    return { ...made, sign, krl, revoke }
  }

  for (const by of FOUND)
    it(`by ${by} makes sshd's list refuse those and no others`, async () => {
      const { sign, krl, revoke, get, post } = await signing()
      const own = await sign(ann.line, 'web', 'ann')
      await post('ssh/issuers/import', { key_type: 'ed25519', set_default: true })
      const other = await sign(bob.line, 'db', 'bob')
      expect(keygen.isRevoked(await krl(), own.signed_key)).to.equal(false)

      const { fingerprint } = (await get(`ssh/certs/${own.serial_number}`)).body.data
      const value = {
        serial_number: own.serial_number,
        key_id: 'ann',
        fingerprint,
        role: 'web',
        issuer_ref: own.issuer_id,
      }[by]
      const { status, body } = await revoke(by, value)
      expect([status, body.data.krl_version]).to.deep.equal([200, 1])

      const list = await krl()
      expect(keygen.isRevoked(list, own.signed_key)).to.equal(true)
      expect(keygen.isRevoked(list, other.signed_key)).to.equal(false)
      expect((await get(`ssh/certs/${own.serial_number}`)).body.data.state).to.equal('revoked')
      expect((await get(`ssh/certs/${other.serial_number}`)).body.data.state).to.equal('valid')
    })

  it('by entity makes it refuse what somebody has asked for, by whatever token', async () => {
    const { sign, krl, revoke, post, ask, get } = await signing()
    await post('sys/auth/userpass', { type: 'userpass' })
    const policy = 'path "ssh/sign/*" { capabilities = ["update"] }'
    await post('sys/policies/acl/signer', { policy })
    await post('auth/userpass/users/ann', { password: 'secret', token_policies: 'signer' })
    const logIn = async () =>
      (await post('auth/userpass/login/ann', { password: 'secret' }, '')).body.auth
    const own: string[] = []
    for (const { client_token: token } of [await logIn(), await logIn()])
      own.push((await post('ssh/sign/web', { public_key: ann.line }, token)).body.data.signed_key)
    const other = await sign(ann.line)
    const { entity_id: entity } = await logIn()

    const found = (await ask('list', 'ssh/certs/', { entity_id: entity })).body.data.keys
    expect(found).to.have.length(2)
    expect((await get(`ssh/certs/${found[0]}`)).body.data).to.include({
      entity_id: entity,
      display_name: 'userpass-ann',
    })
    expect((await revoke('entity_id', entity)).body.data.revoked).to.equal(2)
    const list = await krl()
    for (const line of own) expect(keygen.isRevoked(list, line)).to.equal(true)
    expect(keygen.isRevoked(list, other.signed_key)).to.equal(false)
  })

  it('by key id or key has none signed any more', async () => {
    const { sign, krl, revoke, get, post } = await signing()
    const first = await sign(ann.line, 'web', 'ann')
    const { fingerprint } = (await get(`ssh/certs/${first.serial_number}`)).body.data
    expect((await revoke('fingerprint', fingerprint)).body.data.revoked).to.equal(1)
    expect((await revoke('key_id', 'bob')).body.data.revoked).to.equal(0)
    expect(keygen.isRevoked(await krl(), ann.line)).to.equal(true)
    for (const [given, message] of [
      [{ public_key: ann.line, key_id: 'other' }, 'public_key is revoked'],
      [{ public_key: bob.line, key_id: 'bob' }, 'key id "bob" is revoked'],
    ] as const)
      expect(await post('ssh/sign/web', given)).to.deep.equal({
        status: 400,
        body: { errors: [message] },
      })
    expect((await sign(bob.line, 'web', 'other')).serial_number).to.be.a('string')
  })

  it('of a whole role leaves alone what has expired', async () => {
    const { sign, revoke, pass } = await signing()
    await sign(ann.line)
    pass(3600)
    await sign(ann.line)
    await sign(bob.line)
    expect((await revoke('role', 'web')).body.data.revoked).to.equal(2)
    const again = (await revoke('role', 'web')).body
    expect([again.data.revoked, again.warnings]).to.deep.equal([
      0,
      ['Nothing was revoked: there is no valid certificate of the role "web".'],
    ])
    expect((await revoke('key_id', 'later')).body.warnings).to.equal(null)
  })

  it('stays when the issuer is deleted, which hosts may trust a little longer', async () => {
    const { sign, krl, revoke, ask } = await signing()
    const own = await sign(ann.line)
    await revoke('serial_number', own.serial_number)
    await ask('delete', `ssh/issuer/${own.issuer_id}`)
    expect(keygen.isRevoked(await krl(), own.signed_key)).to.equal(true)
  })

  it('is possible when the issuer is deleted already', async () => {
    const { sign, krl, revoke, ask } = await signing()
    const own = await sign(ann.line)
    await ask('delete', 'ssh/config/ca')
    await revoke('serial_number', own.serial_number)
    expect(keygen.isRevoked(await krl(), own.signed_key)).to.equal(true)
  })

  for (const path of ['ssh/config/ca', 'ssh/issuer/default'])
    it(`of an issuer stays when ${path} is deleted`, async () => {
      const { sign, krl, revoke, ask, get } = await signing()
      const own = await sign(ann.line)
      await revoke('issuer_ref', 'default')
      await ask('delete', path)
      expect(keygen.isRevoked(await krl(), own.signed_key)).to.equal(true)
      expect((await get(`ssh/certs/${own.serial_number}`)).body.data.state).to.equal('revoked')
      const { key_info: info } = (await ask('list', 'ssh/certs/')).body.data
      expect(Object.values(info).map(each => (each as { state: string }).state)).to.deep.equal([
        'revoked',
      ])
    })

  it('of an issuer holds for its key, however often that is imported', async () => {
    const { revoke, post, ask, get } = await signing()
    const pair = { private_key: keygen.read(bob.file), public_key: bob.line }
    await post('ssh/config/ca', pair)
    await revoke('issuer_ref', 'default')
    const refused = {
      status: 400,
      body: { errors: ['a revoked issuer cannot be trusted again: import another key'] },
    }
    expect(await post('ssh/config/ca', pair)).to.deep.equal(refused)
    expect(await get('ssh/public_key', '')).to.deep.equal({ status: 404, body: { errors: [] } })
    expect((await get('ssh/public_keys', '')).body).not.to.include(bob.line)
    await ask('delete', 'ssh/issuer/default')
    expect(await post('ssh/issuers/import/again', pair)).to.deep.equal(refused)
  })

  it('of an issuer twice is no error', async () => {
    const { sign, krl, revoke } = await signing()
    const own = await sign(ann.line)
    for (const version of [1, 2])
      expect((await revoke('issuer_ref', 'default')).body.data).to.deep.equal({
        revoked: 0,
        krl_version: version,
      })
    expect(keygen.isRevoked(await krl(), own.signed_key)).to.equal(true)
  })

  it('of an issuer is for ever, and has it sign no more', async () => {
    const { sign, revoke, post } = await signing()
    const own = await sign(ann.line)
    await revoke('issuer_ref', 'default')
    expect((await post('ssh/sign/web', { public_key: ann.line })).body.errors).to.deep.equal([
      `issuer "${own.issuer_id}" is revoked`,
    ])
    const back = await post(`ssh/issuer/${own.issuer_id}`, { state: 'active' })
    expect(back.body.errors).to.deep.equal([
      'a revoked issuer cannot be trusted again: import another key',
    ])
  })

  for (const [given, message] of [
    [{}, 'name exactly one of serial_number, key_id, fingerprint, role, entity_id, issuer_ref'],
    [
      { role: 'web', key_id: 'x' },
      'name exactly one of serial_number, key_id, fingerprint, role, entity_id, issuer_ref',
    ],
    [{ serial_number: 'abc' }, 'no certificate has the serial number "abc"'],
    [{ serial_number: 'xyz' }, 'no certificate has the serial number "xyz"'],
    [
      { fingerprint: 'MD5:00' },
      'fingerprint must be of the form "SHA256:" and 43 characters, as ssh-keygen -l shows it',
    ],
    // sshd would refuse such a list as a whole, and with it everybody
    [{ key_id: 'a\0b' }, 'no certificate has such a key id'],
    [{ key_id: 'x'.repeat(1025) }, 'no certificate has such a key id'],
    [{ issuer_ref: 'no' }, 'unable to find issuer for reference: no'],
  ] as const)
    it(`refuses ${JSON.stringify(given).slice(0, 80)}`, async () => {
      const { post } = await signing()
      expect((await post('ssh/revoke', given)).body.errors).to.deep.equal([message])
    })

  it('is kept for a while after the certificate has expired, whatever the settings', async () => {
    const { post, get } = await signing()
    expect(await post('ssh/config/certs', { keep_expired: '59m' })).to.deep.equal({
      status: 400,
      body: { errors: ['keep_expired must be at least 3600 seconds'] },
    })
    expect((await get('ssh/config/certs')).body.data).to.deep.equal({ keep_expired: 2_592_000 })
    expect((await post('ssh/config/certs', { keep_expired: '1h' })).status).to.equal(204)
    expect((await get('ssh/config/certs')).body.data).to.deep.equal({ keep_expired: 3600 })
  })

  it('leaves the list a day after the certificate has expired, and not before', async () => {
    const { sign, krl, revoke, pass, core } = await signing()
    const [own, other] = [await sign(ann.line), await sign(bob.line)]
    await revoke('serial_number', own.serial_number)
    pass(60)
    await revoke('serial_number', other.serial_number)
    const { maintain } = await import('../../../../engine/core/background/maintain.ts')
    const listed = async () => {
      await maintain(core)
      const list = await krl()
      return [own, other].map(each => keygen.isRevoked(list, each.signed_key))
    }
    pass(3600 + 86_400 - 61)
    const length = (await krl()).length
    expect(await listed()).to.deep.equal([true, true])
    pass(1)
    expect(await listed()).to.deep.equal([false, false])
    expect((await krl()).length).to.be.below(length)
    expect((await krl()).readBigUInt64BE(12)).to.equal(3n)
  })

  it('gives hosts a list that is only shorter once an hour', async () => {
    const { sign, krl, revoke, post, pass, core } = await signing()
    const { maintain } = await import('../../../../engine/core/background/maintain.ts')
    const all = []
    for (const ttl of ['600s', '1200s', '1800s', '3600s']) {
      await post('ssh/roles/web', { ...ROLE, ttl })
      all.push(await sign(ann.line))
    }
    for (const { serial_number: serial } of all) await revoke('serial_number', serial)
    const version = async () => {
      await maintain(core)
      return Number((await krl()).readBigUInt64BE(12))
    }
    pass(86_400 + 601)
    expect(await version()).to.equal(5)
    pass(1800)
    expect(await version()).to.equal(5)
    pass(1800)
    expect(await version()).to.equal(6)
    expect(await version()).to.equal(6)
    const list = await krl()
    expect(all.map(each => keygen.isRevoked(list, each.signed_key))).to.deep.equal([
      false,
      false,
      false,
      false,
    ])
    pass(7200)
    expect(await version()).to.equal(6)
  })

  it('is forgotten with the certificate, long after that has expired', async () => {
    const { sign, krl, revoke, pass, core, get } = await signing()
    const own = await sign(ann.line)
    await revoke('serial_number', own.serial_number)
    const { maintain } = await import('../../../../engine/core/background/maintain.ts')
    pass(3600 + 2_592_000 - 1)
    await maintain(core)
    expect((await get(`ssh/certs/${own.serial_number}`)).status).to.equal(200)
    pass(1)
    await maintain(core)
    expect((await get(`ssh/certs/${own.serial_number}`)).status).to.equal(404)
    await revoke('key_id', 'anything')
    expect(keygen.isRevoked(await krl(), own.signed_key)).to.equal(false)
  })
})

describe('krl', () => {
  const keygen = new Keygen()
  const key = keygen.key('-t', 'ed25519')
  after(() => keygen[Symbol.dispose]())

  it('is an empty list that ssh-keygen reads while nothing is revoked', async () => {
    const { get } = await testEngine()
    const { status, body } = await get('ssh/krl', '')
    expect(status).to.equal(200)
    expect(keygen.isRevoked(body, key.line)).to.equal(false)
  })

  it('is not sent to who has it, whatever a proxy has made of its tag', async () => {
    const own = await testEngine()
    const known = async ({ ask }: typeof own, ifNoneMatch: string) =>
      (await ask('read', 'ssh/krl', {}, '', { ifNoneMatch })).status
    const etag = await tagOf(own)
    expect(etag).to.match(/^"[\w-]+\.0\.[0-9a-f]{16}"$/)
    for (const [header, status] of [
      [etag, 304],
      [`W/${etag}`, 304],
      [`"other", W/${etag}`, 304],
      ['*', 304],
      ['', 200],
      ['"other"', 200],
      [etag.replaceAll('"', ''), 200],
    ] as const)
      expect(await known(own, header), header).to.equal(status)
    expect(await known(await testEngine(), etag), 'the list of another mount').to.equal(200)
    await own.post('ssh/revoke', { key_id: 'x' })
    expect(await known(own, etag)).to.equal(200)
  })

  it('holds a hundred thousand serials in 8 bytes each, and runs of them in 16', () => {
    const authority = Buffer.from(key.line.split(' ')[1] ?? '', 'base64')
    const list = (serials: readonly bigint[]) =>
      encodeKrl({
        version: 1n,
        generatedAt: 1,
        serials: [{ authority, serials }],
        keyIds: [],
        keys: [],
        fingerprints: [],
      })
    const spread = Array.from({ length: 100_000 }, (_, index) => BigInt(index + 1) * 0x123456789n)
    expect(list(spread).length).to.be.below(800_300)
    expect(keygen.isRevoked(list(spread), key.line)).to.equal(false)
    const run = Array.from({ length: 100_000 }, (_, index) => BigInt(index + 1))
    expect(list(run).length).to.be.below(300)
  })
})

/** The ETag of the list. */
async function tagOf({ core }: Awaited<ReturnType<typeof testEngine>>): Promise<string> {
  const { headers } = await serve(core, {
    ...{ id: '', operation: 'read', path: 'ssh/krl', data: {}, token: undefined },
    ...{ client: { address: '192.0.2.1', port: 1 }, correlation: undefined, wrapTtl: undefined },
  })
  return headers?.ETag ?? ''
}
