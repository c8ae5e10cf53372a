import { expect } from 'chai'
import { Keygen } from '../../../support/keygen.ts'
import { api, differs, ours } from '../api.ts'
import { expectFailure, expectReply, listed } from '../reply.ts'

const USER = {
  key_type: 'ca',
  allow_user_certificates: true,
  allowed_users: 'u',
  default_user: 'u',
}
const ROLES = {
  any: USER,
  rsa: { ...USER, allowed_user_key_lengths: { rsa: [2048] } },
  ed25519: { ...USER, allowed_user_key_lengths: { ed25519: [0] } },
  ec: { ...USER, allowed_user_key_lengths: { ec: [256] } },
  otp: { key_type: 'otp', default_user: 'u' },
}
const NO_TYPE = 'provided key_type value not in allowed_user_key_types'
const NO_SIZE = "provided key_bits value not in list of role's allowed_user_key_types"

describe('issue', () => {
  const { ssh, ask, mount } = api()
  const keygen = new Keygen()
  after(() => keygen[Symbol.dispose]())

  before(async () => {
    await ssh('config/ca', { key_type: 'ed25519' })
    for (const [name, role] of Object.entries(ROLES))
      expect((await ssh(`roles/${name}`, role)).status, name).to.equal(204)
  })

  const MADE: readonly (readonly [string, object, string, string, string])[] = [
    ['any', { key_type: 'rsa', key_bits: 2048 }, 'rsa', 'ssh-rsa', 'RSA PRIVATE KEY'],
    ['rsa', { key_bits: '2048' }, 'rsa', 'ssh-rsa', 'RSA PRIVATE KEY'],
    ['any', { key_type: 'ec' }, 'ec', 'ecdsa-sha2-nistp256', 'EC PRIVATE KEY'],
    ['any', { key_type: 'ec', key_bits: 521 }, 'ec', 'ecdsa-sha2-nistp521', 'EC PRIVATE KEY'],
    ['any', { key_type: 'ed25519' }, 'ed25519', 'ssh-ed25519', 'OPENSSH PRIVATE KEY'],
    ['ed25519', { key_type: 'ed25519' }, 'ed25519', 'ssh-ed25519', 'OPENSSH PRIVATE KEY'],
  ]
  for (const [role, given, type, wire, label] of MADE)
    it(`of the role ${role} makes a key for ${JSON.stringify(given)}, and a certificate for that`, async () => {
      const answer = await ssh(`issue/${role}`, given)
      const { serial_number, signed_key, issuer_id, private_key } = answer.body.data
      expectReply(answer, {
        data: { serial_number, signed_key, issuer_id, private_key, private_key_type: type },
      })
      expect(private_key.split('\n')[0]).to.equal(`-----BEGIN ${label}-----`)
      const read = keygen.certificate(signed_key)
      expect(read).to.deep.include({
        type: `${wire}-cert-v01@openssh.com user certificate`,
        principals: ['u'],
        serial: BigInt(`0x${serial_number}`).toString(),
      })
      // what stands behind the type of the key stands in the certificate
      const [, base64 = ''] = keygen.publicOf(private_key).split(' ')
      const key = Buffer.from(base64, 'base64')
      const blob = Buffer.from(signed_key.split(' ')[1], 'base64')
      expect(blob.includes(key.subarray(4 + wire.length))).to.equal(true)
    })

  const REFUSED: readonly (readonly [string, object, string])[] = [
    ['none', {}, 'unknown role: none'],
    ['otp', {}, "role key type 'otp' not allowed to issue key pairs"],
    ['any', { key_type: 'dsa' }, 'unknown ssh key pair algorithm: dsa'],
    ['any', { key_type: '' }, 'unknown ssh key pair algorithm: '],
    ['any', { key_bits: 1024 }, 'refusing to generate weak rsa key: 1024 bits < 2048 bits'],
    [
      'any',
      { key_type: 'ec', key_bits: 300 },
      'unknown ECDSA key pair algorithm and bits: ec / 300',
    ],
    ['rsa', { key_type: 'ed25519' }, NO_TYPE],
    ['rsa', { key_bits: 3072 }, NO_SIZE],
    ['rsa', {}, NO_SIZE],
    [
      'any',
      { key_type: 'ed25519', valid_principals: 'root' },
      'root is not a valid value for valid_principals',
    ],
    ['any', { key_type: 'ed25519', cert_type: 'host' }, "cert_type 'host' is not allowed by role"],
    ['any', { key_type: 'ed25519', key_id: 'x' }, 'setting key_id is not allowed by role'],
    ['any', { key_type: 'ed25519', ttl: '800h' }, 'ttl is larger than maximum allowed 2764800'],
  ]
  for (const [role, given, message] of REFUSED)
    it(`of the role ${role} refuses ${JSON.stringify(given)}`, async () =>
      expectFailure(await ssh(`issue/${role}`, given), 400, message))

  it('knows keys of type ec under the name that roles have for them', async () => {
    const answer = await ssh('issue/ec', { key_type: 'ec', key_bits: 256 })
    if (differs(true, false)) expect(answer.status).to.equal(200)
    else expectFailure(answer, 400, NO_TYPE)
  })

  ours('makes no key that takes minutes', async () =>
    expectFailure(
      await ssh('issue/any', { key_bits: 8192 }),
      400,
      'an RSA key cannot have more than 4096 bits',
    ),
  )

  it('has a key of its own made, whatever is sent', async () => {
    const { body } = await ssh('issue/any', { key_type: 'ed25519', public_key: 'x' })
    expect(body.warnings).to.deep.equal([
      'Endpoint ignored these unrecognized parameters: [public_key]',
    ])
  })

  for (const verb of ['GET', 'DELETE'])
    it(`cannot be asked for with ${verb}`, async () =>
      expectFailure(await ask(verb, `${mount}/issue/any`), 405, listed('unsupported operation')))

  it('needs a token', async () =>
    expectFailure(await ssh('issue/any', {}, ''), 403, 'permission denied'))
})
