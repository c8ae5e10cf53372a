import { expect } from 'chai'
import { Keygen, type ReadCertificate } from '../../../support/keygen.ts'
import { api, differs, ours } from '../api.ts'
import { expectFailure, expectReply, listed } from '../reply.ts'
import { SIGNING_ROLES } from './signing-roles.ts'

describe('sign', () => {
  const { ssh, mount, ask, put } = api()
  const keygen = new Keygen()
  const key = keygen.key('-t', 'ed25519').line
  const keys = {
    rsa: keygen.key('-t', 'rsa', '-b', '2048').line,
    p256: keygen.key('-t', 'ecdsa', '-b', '256').line,
    p384: keygen.key('-t', 'ecdsa', '-b', '384').line,
  }
  after(() => keygen[Symbol.dispose]())

  before(async () => {
    await ssh('config/ca', { key_type: 'ed25519' })
    for (const [name, role] of Object.entries(SIGNING_ROLES))
      expect((await ssh(`roles/${name}`, role)).status, name).to.equal(204)
  })

  const signed = async (role: string, given: object = {}) => {
    const answer = await ssh(`sign/${role}`, { public_key: key, ...given })
    expect(answer.status, answer.text).to.equal(200)
    return keygen.certificate(answer.body.data.signed_key)
  }

  it('answers whole, without a lease', async () => {
    const answer = await ssh('sign/any', { public_key: key })
    const { serial_number, signed_key, issuer_id } = answer.body.data
    expectReply(answer, { data: { serial_number, signed_key, issuer_id } })
    expect(signed_key).to.match(/^ssh-ed25519-cert-v01@openssh\.com [\w+/=]+\n$/)
    const { valid, signedBy, ...read } = keygen.certificate(signed_key)
    const [hash = ''] = /[0-9a-f]{64}$/.exec(read.keyId) ?? []
    expect(read).to.deep.equal({
      type: 'ssh-ed25519-cert-v01@openssh.com user certificate',
      keyId: `vault-${differs('root', 'token')}-${hash}`,
      serial: BigInt(`0x${serial_number}`).toString(),
      principals: ['u'],
      criticalOptions: [],
      extensions: [],
    })
    expect(seconds({ valid })).to.equal(2_764_830)
    expect(signedBy).to.include('(using ssh-ed25519)')
  })

  it('says who asked, by the name of the token', async () => {
    const child = (await put('auth/token/create', { display_name: 'Ann B' })).body.auth
    const { body } = await ssh('sign/any', { public_key: key }, child.client_token)
    expect(keygen.certificate(body.data.signed_key).keyId).to.match(
      /^vault-token-Ann-B-[0-9a-f]{64}$/,
    )
  })

  it('never says the same twice', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => ssh('sign/any', { public_key: key })),
    )
    for (const name of ['serial_number', 'signed_key'])
      expect(new Set(answers.map(({ body }) => body.data[name])).size).to.equal(20)
  })

  const LINES: readonly (readonly [string, () => string])[] = [
    ['a line without a comment', () => key.split(' ').slice(0, 2).join(' ')],
    ['a line with an end', () => `${key}\n`],
    ['a line with a comment', () => `${key} ann@example.com of the team`],
    ['no more than base64', () => key.split(' ')[1] ?? ''],
  ]
  for (const [what, line] of LINES)
    it(`takes ${what}`, async () =>
      expect((await signed('any', { public_key: line() })).principals).to.deep.equal(['u']))

  for (const [name, role, type] of [
    ['rsa', 'any', 'ssh-rsa'],
    ['p256', 'ec', 'ecdsa-sha2-nistp256'],
    ['p384', 'any', 'ecdsa-sha2-nistp384'],
  ] as const)
    it(`takes a key of type ${type}`, async () =>
      expect((await signed(role, { public_key: keys[name] })).type).to.equal(
        `${type}-cert-v01@openssh.com user certificate`,
      ))

  const SIGNED: readonly (readonly [string, object, Partial<ReadCertificate>, number?])[] = [
    ['any', { valid_principals: 'v , u,v' }, { principals: ['u', 'v'] }],
    ['list', {}, { principals: ['u', 'v'] }],
    ['star', { valid_principals: 'zed' }, { principals: ['zed'] }],
    ['star', {}, { principals: [] }],
    ['empty', {}, { principals: [] }],
    ['short', {}, {}, 1830],
    ['short', { ttl: '90s' }, {}, 120],
    ['short', { ttl: 3600 }, {}, 3630],
    ['longest', {}, {}, 3630],
    ['early', {}, {}, 3660],
    [
      'host',
      { cert_type: 'host', valid_principals: 'example.com' },
      { principals: ['example.com'] },
    ],
    ['host', { cert_type: 'host', valid_principals: 'b.org' }, { principals: ['b.org'] }],
    [
      'sub',
      { cert_type: 'host', valid_principals: 'a.b.example.com' },
      { principals: ['a.b.example.com'] },
    ],
    ['pty', {}, { extensions: ['permit-pty'] }],
    ['pty', { extensions: {} }, { extensions: ['permit-pty'] }],
    ['extensions', { extensions: { 'permit-user-rc': '' } }, { extensions: ['permit-user-rc'] }],
    [
      'listed',
      { extensions: { 'permit-user-rc': '', 'permit-pty': '' } },
      { extensions: ['permit-pty', 'permit-user-rc'] },
    ],
    ['options', {}, { criticalOptions: ['source-address 10.0.0.0/8'] }],
    [
      'options',
      { critical_options: { 'verify-required': '', 'force-command': 'ls' } },
      { criticalOptions: ['force-command ls', 'verify-required'] },
    ],
    [
      'any',
      { critical_options: { 'force-command': 'ls' } },
      { criticalOptions: ['force-command ls'] },
    ],
    ['ids', { key_id: 'any "thing"' }, { keyId: 'any "thing"' }],
  ]
  for (const [role, given, said, life] of SIGNED)
    it(`of the role ${role} gives ${JSON.stringify(life ?? said)} for ${JSON.stringify(given)}`, async () => {
      const read = await signed(role, given)
      expect(read).to.deep.include(said)
      if (life !== undefined) expect(seconds(read)).to.equal(life)
    })

  it('puts values of options, which are texts, into strings of their own', async () => {
    const extensions = { 'login@github.com': 'ann', number: 1, truth: true, flag: '' }
    const { signed_key } = (await ssh('sign/extensions', { public_key: key, extensions })).body.data
    const blob = Buffer.from(signed_key.split(' ')[1], 'base64').toString('latin1')
    expect(blob)
      .to.include('login@github.com\0\0\0\x07\0\0\0\x03ann')
      .and.to.include('number\0\0\0\x05\0\0\0\x011')
      .and.to.include('truth\0\0\0\x08\0\0\0\x04true')
      .and.to.include('flag\0\0\0\0')
  })

  it('fills in the format of the key id', async () => {
    const { keyId } = await signed('format')
    const plain = await signed('any')
    expect(keyId).to.equal(`format-${plain.keyId.slice(-64)}`)
  })

  ours('takes what hvac leaves empty for left out', async () => {
    const read = await signed('short', { ttl: '', valid_principals: '', cert_type: null })
    expect([seconds(read), read.principals]).to.deep.equal([1830, ['u']])
  })

  it('does not sign with an algorithm that the issuer does not know', async () => {
    const answer = await ssh('sign/sha512', { public_key: key })
    expect(answer.status).to.equal(differs(400, 500))
    expect(answer.text).to.include('failed to generate signed SSH key: ')
  })

  it('warns of fields that mean nothing, and of those that the path says', async () => {
    const { body } = await ssh('sign/any', { public_key: key, foo: 1, role: 'x' })
    expect(body.warnings).to.have.members([
      'Endpoint ignored these unrecognized parameters: [foo]',
      "Endpoint replaced the value of these parameters with the values captured from the endpoint's path: [role]",
    ])
  })

  it('is valid no longer than its role says, or else the mount', async () => {
    await put(`sys/mounts/${mount}/tune`, { default_lease_ttl: '10m', max_lease_ttl: '20m' })
    expect(seconds(await signed('any'))).to.equal(630)
    expect(seconds(await signed('short'))).to.equal(1830)
    expectFailure(
      await ssh('sign/any', { public_key: key, ttl: '21m' }),
      400,
      'ttl is larger than maximum allowed 1200',
    )
    await put(`sys/mounts/${mount}/tune`, { default_lease_ttl: '768h', max_lease_ttl: '768h' })
  })

  it('is valid as long as its role allows, beyond what the mount does', async () => {
    const role = { key_type: 'ca', allow_host_certificates: true, allowed_domains: '*' }
    const host = { cert_type: 'host', valid_principals: 'a.example.com', extensions: {} }
    await ssh('roles/years', { ...role, ttl: '87600h', max_ttl: '87600h' })
    expect(seconds(await signed('years', host))).to.equal(315_360_030)
    await ssh('roles/years', { ...role, max_ttl: '8760h' })
    expect(seconds(await signed('years', { ...host, ttl: '8760h' }))).to.equal(31_536_030)
    expect(seconds(await signed('years', host))).to.equal(2_764_830)
    const answer = await ssh('sign/years', { ...host, public_key: key, ttl: '8761h' })
    expectFailure(answer, 400, 'ttl is larger than maximum allowed 31536000')
  })

  for (const verb of ['GET', 'DELETE'])
    it(`cannot be asked for with ${verb}`, async () =>
      expectFailure(await ask(verb, `${mount}/sign/any`), 405, listed('unsupported operation')))

  it('needs a token', async () =>
    expectFailure(await ssh('sign/any', { public_key: key }, ''), 403, 'permission denied'))
})

/** How long a certificate is valid. */
function seconds({ valid }: Pick<ReadCertificate, 'valid'>): number {
  const [, from = '', to = ''] = /^from (\S+) to (\S+)$/.exec(valid) ?? []
  return (Date.parse(to) - Date.parse(from)) / 1000
}
