import { expect } from 'chai'
import { encodeKrl } from '../../engine/ssh/krl.ts'
import { Keygen } from '../support/keygen.ts'
import { world } from '../support/world.ts'

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
    const made = await world()
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

  it('by key id or key also refuses what is signed later', async () => {
    const { sign, krl, revoke, get } = await signing()
    const first = await sign(ann.line, 'web', 'ann')
    const { fingerprint } = (await get(`ssh/certs/${first.serial_number}`)).body.data
    await revoke('fingerprint', fingerprint)
    await revoke('key_id', 'bob')
    const list = await krl()
    for (const [line, id] of [
      [ann.line, 'other'],
      [bob.line, 'bob'],
    ] as const)
      expect(keygen.isRevoked(list, (await sign(line, 'web', id)).signed_key)).to.equal(true)
    expect(keygen.isRevoked(list, ann.line)).to.equal(true)
  })

  it('of a whole role leaves alone what has expired', async () => {
    const { sign, revoke, pass } = await signing()
    await sign(ann.line)
    pass(3600)
    await sign(ann.line)
    await sign(bob.line)
    expect((await revoke('role', 'web')).body.data.revoked).to.equal(2)
    expect((await revoke('role', 'web')).body.data.revoked).to.equal(0)
  })

  it('stays when the issuer is deleted, which hosts may trust a little longer', async () => {
    const { sign, krl, revoke, ask } = await signing()
    const own = await sign(ann.line)
    await revoke('serial_number', own.serial_number)
    await ask('delete', `ssh/issuer/${own.issuer_id}`)
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
    [{ issuer_ref: 'no' }, 'unable to find issuer for reference: no'],
  ] as const)
    it(`refuses ${JSON.stringify(given)}`, async () => {
      const { post } = await signing()
      expect((await post('ssh/revoke', given)).body.errors).to.deep.equal([message])
    })

  it('is forgotten with the certificate, long after that has expired', async () => {
    const { sign, krl, revoke, pass, core, get } = await signing()
    const own = await sign(ann.line)
    await revoke('serial_number', own.serial_number)
    const { maintain } = await import('../../engine/core/maintain.ts')
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
    const { get } = await world()
    const { status, body } = await get('ssh/krl', '')
    expect(status).to.equal(200)
    expect(keygen.isRevoked(body, key.line)).to.equal(false)
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
