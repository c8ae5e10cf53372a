import { expect } from 'chai'
import { record, type SignedCertificate } from '../../../../engine/ssh/ca/inventory.ts'
import { serialsMeant } from '../../../../engine/ssh/ca/serial.ts'
import { transact } from '../../../../engine/storage/transact.ts'
import { testEngine } from '../../../support/test-engine.ts'

const CERTIFICATE: SignedCertificate = {
  ...{ serial: '', type: 'user', keyId: 'id', principals: ['ann'], role: 'web', issuer: 'none' },
  ...{ fingerprint: 'SHA256:x', keyType: 'ssh-ed25519', accessor: 'a', displayName: 'ann' },
  ...{ entity: undefined, issuedAt: 0, validAfter: 0, validBefore: 4e9, forgetAt: 5e12 },
  revokedAt: undefined,
}

describe('A serial number', () => {
  for (const [text, serials] of [
    ['1f', ['000000000000001f']],
    ['0x31', ['0000000000000031']],
    ['00:31', ['0000000000000031']],
    ['31', ['0000000000000031', '000000000000001f']],
    ['7', ['0000000000000007']],
    ['9223372036854775808', ['8000000000000000']],
    ['18446744073709551615', ['ffffffffffffffff']],
    ['18446744073709551616', []],
    ['-1', []],
    ['', []],
  ] as const)
    it(`${text} can mean ${serials.join(' or ') || 'nothing'}`, () =>
      expect(serialsMeant(text)).to.deep.equal(serials))

  async function kept(...serials: readonly string[]) {
    const made = await testEngine()
    const { mounts } = made.core
    const mount = mounts.at('ssh/roles')
    if (!mount) throw new Error('nothing is mounted')
    await transact(made.store, async tx => {
      const scope = { tx: mounts.scope(tx, mount), mount: mounts.view(mount) }
      for (const serial of serials) record(scope, { ...CERTIFICATE, serial })
    })
    return made
  }

  it('finds a certificate in decimal, as sshd logs it, where none has it in hexadecimal', async () => {
    const { get, post } = await kept('000000000000001f', 'fedcba9876543210')
    const found = async (path: string) => (await get(path)).body.data?.serial_number
    expect(await found('ssh/certs/31')).to.equal('000000000000001f')
    expect(await found('ssh/certs/18364758544493064720')).to.equal('fedcba9876543210')
    expect((await get('ssh/certs/0x31')).status).to.equal(404)
    const revoked = await post('ssh/revoke', { serial_number: '18364758544493064720' })
    expect(revoked.body.data.revoked).to.equal(1)
    expect((await get('ssh/certs/fedcba9876543210')).body.data.state).to.equal('revoked')
  })

  it('that two certificates have, each in its way, names both and touches none', async () => {
    const { get, post } = await kept('000000000000001f', '0000000000000031')
    const refusal = {
      status: 400,
      body: {
        errors: [
          '31 is ambiguous: it is the serial number 0x0000000000000031 in hexadecimal and 0x000000000000001f in decimal; use one of these two',
        ],
      },
    }
    expect(await get('ssh/certs/31')).to.deep.equal(refusal)
    expect(await post('ssh/revoke', { serial_number: '31' })).to.deep.equal(refusal)
    expect((await post('ssh/revoke', { serial_number: '0x31' })).body.data.revoked).to.equal(1)
    expect((await get('ssh/certs/1f')).body.data.state).to.equal('valid')
  })
})
