import { expect } from 'chai'
import { Keygen } from '../../../support/keygen.ts'
import { testEngine } from '../../../support/test-engine.ts'

describe('certificates of orphan tokens', () => {
  const keygen = new Keygen()
  after(() => keygen[Symbol.dispose]())

  /** An engine that signs, and a user with all rights who has made an orphan token. */
  async function signing() {
    const made = await testEngine()
    const { post } = made
    await post('ssh/config/ca', { key_type: 'ed25519' })
    await post('ssh/roles/web', {
      ...{ key_type: 'ca', allow_user_certificates: true, ttl: '1h' },
      ...{ default_user: 'ubuntu', allowed_users: '*' },
    })
    await post('sys/auth/userpass', { type: 'userpass' })
    await post('sys/policies/acl/all', {
      policy: 'path "*" { capabilities = ["update", "sudo"] }',
    })
    const all = { password: 'correct horse', token_policies: 'all' }
    await post('auth/userpass/users/ann', all)
    const { client_token, entity_id } = (await post('auth/userpass/login/ann', all)).body.auth
    const orphan = (await post('auth/token/create-orphan', {}, client_token)).body.auth
    const public_key = keygen.key('-t', 'ed25519').line
    const sign = async (token: string) =>
      (await post('ssh/sign/web', { public_key }, token)).body.data.serial_number as string
    const revoke = async (by: string, value: string) =>
      (await post('ssh/revoke', { [by]: value })).body.data
    return { ...made, sign, revoke, own: client_token, orphan: orphan.client_token, entity_id }
  }

  it('are named when those of the user are revoked, until they are revoked themselves', async () => {
    const { sign, revoke, own, orphan, entity_id } = await signing()
    await sign(own)
    const serial = await sign(orphan)
    const by_orphans = [serial.padStart(16, '0')]
    expect(await revoke('entity_id', entity_id)).to.deep.include({ revoked: 1, by_orphans })
    expect(await revoke('entity_id', entity_id)).to.deep.include({ revoked: 0, by_orphans })
    await revoke('serial_number', serial)
    expect(await revoke('entity_id', entity_id)).to.not.have.property('by_orphans')
  })

  it('are not named when they have expired, or their issuer is revoked', async () => {
    const { sign, revoke, get, orphan, entity_id, pass } = await signing()
    await sign(orphan)
    pass(3601)
    expect(await revoke('entity_id', entity_id)).to.not.have.property('by_orphans')
    await sign(orphan)
    expect(await revoke('entity_id', entity_id)).to.have.property('by_orphans')
    await revoke('issuer_ref', (await get('ssh/config/issuers')).body.data.default)
    expect(await revoke('entity_id', entity_id)).to.not.have.property('by_orphans')
  })
})
