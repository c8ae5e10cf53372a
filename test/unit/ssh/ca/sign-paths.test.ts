import { expect } from 'chai'
import { Keygen } from '../../../support/keygen.ts'
import { testEngine } from '../../../support/test-engine.ts'

const ROLE = {
  key_type: 'ca',
  allow_user_certificates: true,
  allow_host_certificates: true,
  default_user: 'ubuntu',
  allowed_users: 'ubuntu,ops',
  allowed_domains: 'example.com',
  allow_subdomains: true,
  allowed_extensions: 'permit-pty,permit-port-forwarding',
  default_extensions: { 'permit-pty': '' },
  ttl: '30m',
  max_ttl: '1h',
}

async function authority(given: object = { key_type: 'ed25519' }) {
  const made = await testEngine()
  const { body } = await made.post('ssh/config/ca', given)
  await made.post('ssh/roles/web', ROLE)
  return { ...made, ca: body?.data?.public_key as string }
}

describe('sign', () => {
  const keygen = new Keygen()
  const user = keygen.key('-t', 'ed25519')
  after(() => keygen[Symbol.dispose]())

  it('gives a user certificate that says what the role says', async () => {
    const { post } = await authority()
    const child = (await post('auth/token/create')).body.auth.client_token
    const { status, body } = await post('ssh/sign/web', { public_key: user.line }, child)
    expect([status, body.lease_id, body.renewable, body.lease_duration]).to.deep.equal([
      200,
      '',
      false,
      0,
    ])
    expect(Object.keys(body.data)).to.deep.equal(['serial_number', 'signed_key', 'issuer_id'])
    expect(body.data.signed_key).to.match(/^ssh-ed25519-cert-v01@openssh\.com [\w+/=]+\n$/)
    const read = keygen.certificate(body.data.signed_key)
    expect(BigInt(read.serial).toString(16)).to.equal(body.data.serial_number)
    expect(read.keyId).to.match(/^vault-token-[0-9a-f]{64}$/)
    expect(read).to.deep.include({
      type: 'ssh-ed25519-cert-v01@openssh.com user certificate',
      valid: 'from 2025-12-31T23:59:30 to 2026-01-01T00:30:00',
      principals: ['ubuntu'],
      criticalOptions: [],
      extensions: ['permit-pty'],
    })
  })

  it('says so where a role promises more than its mount gives', async () => {
    const { post } = await authority()
    const warnings = async (times: object, given: object = {}) => {
      await post('ssh/roles/web', { ...ROLE, ...times })
      return (await post('ssh/sign/web', { public_key: user.line, ...given })).body.warnings
    }
    const capped = [
      'TTL of "10000h" exceeded the effective max_ttl of "768h"; TTL value is capped accordingly',
    ]
    expect(await warnings({ ttl: '10000h', max_ttl: 0 })).to.deep.equal(capped)
    expect(await warnings({ ttl: '10000h', max_ttl: 0 }, { ttl: '1h' })).to.equal(null)
    expect(await warnings({ ttl: '10000h', max_ttl: '10000h' })).to.equal(null)
  })

  it('gives a host certificate', async () => {
    const { post } = await authority()
    const { body } = await post('ssh/sign/web', {
      public_key: user.line,
      cert_type: 'host',
      valid_principals: 'b.example.com, a.example.com,b.example.com',
      extensions: {},
    })
    expect(keygen.certificate(body.data.signed_key)).to.deep.include({
      type: 'ssh-ed25519-cert-v01@openssh.com host certificate',
      principals: ['a.example.com', 'b.example.com'],
    })
  })

  it('takes an empty ttl and no principals for what the role says', async () => {
    const { post } = await authority()
    const given = { public_key: user.line, ttl: '', valid_principals: '' }
    const { body } = await post('ssh/sign/web', given)
    expect(keygen.certificate(body.data.signed_key)).to.deep.include({
      valid: 'from 2025-12-31T23:59:30 to 2026-01-01T00:30:00',
      principals: ['ubuntu'],
    })
  })

  for (const [why, given, message] of [
    ['an unknown role', { role: 'no' }, 'Unknown role: no'],
    ['no key', { public_key: '' }, 'missing public_key'],
    [
      'no base64',
      { public_key: 'ssh-ed25519 !' },
      'failed to parse public_key as SSH key: it is not base64',
    ],
    [
      'another type than it says',
      { public_key: user.line.replace(/^\S+/, 'ssh-rsa') },
      'failed to parse public_key as SSH key: it is of type ssh-ed25519, not "ssh-rsa"',
    ],
    [
      'a key that is cut short',
      { public_key: user.line.slice(0, -8) },
      'failed to parse public_key as SSH key: it is cut short',
    ],
    ['too long a ttl', { ttl: '2h' }, 'ttl is larger than maximum allowed 3600'],
    ['root', { valid_principals: 'root' }, 'root is not a valid value for valid_principals'],
    [
      'an extension that is not listed',
      { extensions: { 'permit-X11-forwarding': '' } },
      'extensions [permit-X11-forwarding] are not on allowed list',
    ],
  ] as const)
    it(`refuses ${why}`, async () => {
      const { post } = await authority()
      const { role = 'web', ...rest } = given as { role?: string }
      expect(await post(`ssh/sign/${role}`, { public_key: user.line, ...rest })).to.deep.equal({
        status: 400,
        body: { errors: [message] },
      })
    })

  it('refuses a certificate in place of a key', async () => {
    const { post } = await authority()
    const { body } = await post('ssh/sign/web', { public_key: user.line })
    const again = await post('ssh/sign/web', { public_key: body.data.signed_key })
    expect(again.body.errors).to.deep.equal([
      'failed to parse public_key as SSH key: it is a certificate, not a key',
    ])
  })

  it('refuses a role of another type, and a mount without an issuer', async () => {
    const { post, ask } = await authority()
    await post('ssh/roles/otp', { key_type: 'otp', default_user: 'a' })
    expect((await post('ssh/sign/otp', { public_key: user.line })).body.errors).to.deep.equal([
      "cert_type 'user' is not allowed by role",
    ])
    await ask('delete', 'ssh/config/ca')
    expect((await post('ssh/sign/web', { public_key: user.line })).body.errors).to.deep.equal([
      'no default issuer currently configured',
    ])
  })

  for (const [key, signer, error] of [
    [
      { key_type: 'ed25519' },
      'rsa-sha2-512',
      'failed to generate signed SSH key: an ed25519 issuer cannot sign with rsa-sha2-512',
    ],
    [{ key_type: 'rsa', key_bits: 2048 }, 'rsa-sha2-512', undefined],
  ] as const)
    it(`${error ? 'refuses' : 'uses'} ${signer} with an issuer of ${key.key_type}`, async () => {
      const { post } = await authority(key)
      await post('ssh/roles/web', { ...ROLE, algorithm_signer: signer })
      const { body } = await post('ssh/sign/web', { public_key: user.line })
      if (error) expect(body.errors).to.deep.equal([error])
      else expect(keygen.certificate(body.data.signed_key).signedBy).to.include(`using ${signer}`)
    })

  it('is not for everybody', async () => {
    const { post } = await authority()
    expect((await post('ssh/sign/web', { public_key: user.line }, '')).status).to.equal(403)
  })
})

describe('issue', () => {
  const keygen = new Keygen()
  after(() => keygen[Symbol.dispose]())

  for (const [type, bits, header] of [
    ['rsa', 2048, '-----BEGIN RSA PRIVATE KEY-----'],
    ['ec', 0, '-----BEGIN EC PRIVATE KEY-----'],
    ['ed25519', 0, '-----BEGIN OPENSSH PRIVATE KEY-----'],
  ] as const)
    it(`makes a key of ${type} that its certificate is for`, async () => {
      const { post } = await authority()
      const { body } = await post('ssh/issue/web', { key_type: type, key_bits: bits })
      expect(Object.keys(body.data)).to.deep.equal([
        'serial_number',
        'signed_key',
        'issuer_id',
        'private_key',
        'private_key_type',
      ])
      expect(body.data.private_key_type).to.equal(type)
      expect(body.data.private_key.split('\n')[0]).to.equal(header)
      const [, base64 = ''] = keygen.publicOf(body.data.private_key).split(' ')
      const listed = await post('ssh/revoke', { serial_number: body.data.serial_number })
      expect(listed.body.data.revoked).to.equal(1)
      expect(
        Buffer.from(body.data.signed_key.split(' ')[1], 'base64').toString('latin1'),
      ).to.include(Buffer.from(base64, 'base64').subarray(-32).toString('latin1'))
    })

  for (const [why, given, role, message] of [
    ['an unknown role', { role: 'no' }, {}, 'unknown role: no'],
    ['another type', { key_type: 'dsa' }, {}, 'unknown ssh key pair algorithm: dsa'],
    [
      'a weak key',
      { key_bits: 1024 },
      {},
      'refusing to generate weak rsa key: 1024 bits < 2048 bits',
    ],
    [
      'a type that is not listed',
      { key_type: 'ed25519' },
      { allowed_user_key_lengths: { rsa: 2048 } },
      'provided key_type value not in allowed_user_key_types',
    ],
    [
      'a size that is not listed',
      {},
      { allowed_user_key_lengths: { rsa: [2048] } },
      "provided key_bits value not in list of role's allowed_user_key_types",
    ],
  ] as const)
    it(`refuses ${why}`, async () => {
      const { post } = await authority()
      await post('ssh/roles/web', { ...ROLE, ...role })
      const { role: name = 'web', ...rest } = given as { role?: string }
      expect((await post(`ssh/issue/${name}`, rest)).body.errors).to.deep.equal([message])
    })
})
