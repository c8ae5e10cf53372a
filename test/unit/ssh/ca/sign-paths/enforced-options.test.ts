import { expect } from 'chai'
import { Keygen } from '../../../../support/keygen.ts'
import { testEngine } from '../../../../support/test-engine.ts'

const ROLE = {
  key_type: 'ca',
  allow_user_certificates: true,
  allow_host_certificates: true,
  default_user: 'ubuntu',
  allowed_users: 'ubuntu,ops',
  allowed_domains: 'example.com',
  allow_subdomains: true,
}

async function authority(given: object = { key_type: 'ed25519' }) {
  const made = await testEngine()
  const { body } = await made.post('ssh/config/ca', given)
  await made.post('ssh/roles/web', ROLE)
  return { ...made, ca: body?.data?.public_key as string }
}

describe('sign, with a role that knows better', () => {
  const keygen = new Keygen()
  const user = keygen.key('-t', 'ed25519')
  after(() => keygen[Symbol.dispose]())

  describe('with critical options that the role enforces', () => {
    const LIMITED = { 'force-command': 'echo limited', 'source-address': '10.0.0.0/8' }
    const options = async (given: object, role: object = {}) => {
      const { post } = await authority()
      await post('ssh/roles/web', { ...ROLE, enforced_critical_options: LIMITED, ...role })
      const { body } = await post('ssh/sign/web', { public_key: user.line, ...given })
      return keygen.certificate(body.data.signed_key).criticalOptions
    }

    for (const [what, given, others] of [
      ['none', {}, []],
      ['others', { critical_options: { 'verify-required': true } }, ['verify-required']],
      ['the same', { critical_options: { 'force-command': 'id' } }, []],
      ['wider ones', { critical_options: { 'source-address': '0.0.0.0/0' } }, []],
      ['null', { critical_options: null }, []],
    ] as const)
      it(`puts them into a certificate whose request names ${what}`, async () =>
        expect(await options(given)).to.deep.equal([
          'force-command echo limited',
          'source-address 10.0.0.0/8',
          ...others,
        ]))

    it('does so beside the usual ones and those that may be asked for', async () =>
      expect(
        await options(
          {},
          {
            default_critical_options: { 'verify-required': true, 'force-command': 'sh' },
            allowed_critical_options: 'verify-required',
          },
        ),
      ).to.deep.equal([
        'force-command echo limited',
        'source-address 10.0.0.0/8',
        'verify-required',
      ]))

    it('puts none into a certificate for a host, in which OpenSSH takes none', async () =>
      expect(await options({ cert_type: 'host', valid_principals: 'a.example.com' })).to.deep.equal(
        [],
      ))

    it('shows them only where there are some', async () => {
      const { post, get } = await authority()
      expect((await get('ssh/roles/web')).body.data).to.not.have.property(
        'enforced_critical_options',
      )
      await post('ssh/roles/web', { ...ROLE, enforced_critical_options: LIMITED })
      expect((await get('ssh/roles/web')).body.data).to.deep.include({
        enforced_critical_options: LIMITED,
      })
    })

    it('takes the usual ones of the role for those of users, and lets a host ask for none', async () => {
      const role = { default_critical_options: { 'force-command': 'sh' } }
      const host = { cert_type: 'host', valid_principals: 'a.example.com' }
      expect(await options(host, role)).to.deep.equal([])
      const { post } = await authority()
      const asked = { public_key: user.line, critical_options: { 'force-command': 'sh' } }
      expect((await post('ssh/sign/web', { ...host, ...asked })).body.errors).to.deep.equal([
        'OpenSSH refuses host certificates with critical options',
      ])
    })

    it('keeps options as they were written, and signs them as OpenSSH reads them', async () => {
      const written = {
        default_critical_options: { 'source-address': '10.0.0.0/8, 192.168.0.0/16' },
        enforced_critical_options: { 'verify-required': 'true' },
        default_extensions: { 'permit-pty': true, 'permit-user-rc': 'true' },
      }
      const { post, get } = await authority()
      expect((await post('ssh/roles/web', { ...ROLE, ...written })).status).to.equal(204)
      expect((await get('ssh/roles/web')).body.data).to.deep.include(written)
      const { body } = await post('ssh/sign/web', { public_key: user.line })
      expect(body.warnings).to.equal(null)
      expect(keygen.certificate(body.data.signed_key)).to.deep.include({
        criticalOptions: ['source-address 10.0.0.0/8,192.168.0.0/16', 'verify-required'],
        extensions: ['permit-pty', 'permit-user-rc'],
      })
    })

    it('warns of options that sshd refuses, or does not obey', async () => {
      const { post } = await authority()
      await post('ssh/roles/web', { ...ROLE, allowed_extensions: '*' })
      const given = {
        critical_options: { 'permit-pty': '', 'x@example.com': '' },
        extensions: { 'force-command': 'id', 'y@example.com': '' },
      }
      const { body } = await post('ssh/sign/web', { public_key: user.line, ...given })
      expect(body.warnings).to.deep.equal([
        'OpenSSH does not support the critical option permit-pty and refuses this certificate',
        'as an extension force-command restricts nothing: OpenSSH only obeys it as a critical option',
      ])
    })

    for (const [field, value, reason] of [
      ['default_extensions', { 'permit-pty': false }, 'option permit-pty takes no value but true'],
      ['default_critical_options', { 'force-command': '' }, 'option force-command needs a value'],
      [
        'default_critical_options',
        { 'source-address': 'office' },
        'option source-address: "office" is neither an address nor a block of addresses',
      ],
    ] as const)
      it(`refuses a role whose ${field} are ${JSON.stringify(value)}`, async () => {
        const { post } = await authority()
        const { status, body } = await post('ssh/roles/web', { ...ROLE, [field]: value })
        expect([status, body.errors]).to.deep.equal([400, [`${field}: ${reason}`]])
      })

    for (const [enforced, reason] of [
      [{ 'force-command': '' }, 'option force-command needs a value'],
      [{ 'verify-required': 'yes' }, 'option verify-required takes no value but true'],
      [{ 'force-command': 'a\nb' }, 'the value of option force-command is more than one line'],
      [{ 'force command': 'a' }, 'one of the names is not a valid option name'],
    ] as const)
      it(`refuses a role with ${JSON.stringify(enforced)}`, async () => {
        const { post } = await authority()
        expect(
          await post('ssh/roles/web', { ...ROLE, enforced_critical_options: enforced }),
        ).to.deep.equal({
          status: 400,
          body: { errors: [`enforced_critical_options: ${reason}`] },
        })
      })
  })

  it('warns of a signature that OpenSSH refuses', async () => {
    const { post } = await authority({ key_type: 'ssh-rsa', key_bits: 2048 })
    await post('ssh/roles/web', { ...ROLE, algorithm_signer: 'ssh-rsa' })
    expect((await post('ssh/sign/web', { public_key: user.line })).body.warnings).to.deep.equal([
      'signed with SHA-1, as algorithm_signer=ssh-rsa says: OpenSSH 8.2 and later refuse this certificate',
    ])
  })
})
