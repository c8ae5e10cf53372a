import { expect } from 'chai'
import { Keygen } from '../../../support/keygen.ts'
import { api, differs, ours } from '../api.ts'
import { expectFailure } from '../reply.ts'
import { SIGNING_ROLES } from './signing-roles.ts'

const bad = (principal: string) => `${principal} is not a valid value for valid_principals`
const UNSAFE =
  'refusing to issue unsafe, globally-valid certificate with no principals specified; set valid_principals or default_user'
const NOT_ANY = 'role is not configured to allow any principals'
const TYPES = "cert_type must be either 'user' or 'host'"
const unparsed = (why: string) => `failed to parse public_key as SSH key: ${why}`
const unfit = (why: string) => `public_key failed to meet the key requirements: ${why}`

describe('sign refuses', () => {
  const { ssh } = api()
  const keygen = new Keygen()
  const key = keygen.key('-t', 'ed25519').line
  const rsa = keygen.key('-t', 'rsa', '-b', '2048').line
  const p384 = keygen.key('-t', 'ecdsa', '-b', '384').line
  after(() => keygen[Symbol.dispose]())

  before(async () => {
    await ssh('config/ca', { key_type: 'ed25519' })
    for (const [name, role] of Object.entries(SIGNING_ROLES))
      expect((await ssh(`roles/${name}`, role)).status, name).to.equal(204)
  })

  const REFUSED: readonly (readonly [string, object, string])[] = [
    ['none', {}, 'Unknown role: none'],
    ['any', { public_key: '' }, 'missing public_key'],
    ['none', { public_key: '' }, 'Unknown role: none'],
    [
      'any',
      { public_key: 'x' },
      unparsed(differs('it is not base64', 'illegal base64 data at input byte 0')),
    ],
    [
      'any',
      { public_key: 'restrict ssh-ed25519 AAAA' },
      unparsed(differs('it is not base64', 'illegal base64 data at input byte 3')),
    ],
    [
      'any',
      { public_key: key.slice(0, 60) },
      unparsed(differs('it is cut short', 'ssh: short read')),
    ],
    ['otp', {}, "cert_type 'user' is not allowed by role"],
    ['otp', { cert_type: 'host' }, "cert_type 'host' is not allowed by role"],
    ['otp', { cert_type: 'x' }, TYPES],
    ['any', { cert_type: 'x' }, TYPES],
    ['any', { cert_type: '' }, TYPES],
    ['any', { cert_type: 'USER' }, TYPES],
    ['any', { cert_type: 'host' }, "cert_type 'host' is not allowed by role"],
    ['host', {}, "cert_type 'user' is not allowed by role"],
    ['any', { key_id: 'x' }, 'setting key_id is not allowed by role'],
    ['format', { key_id: 'x' }, 'setting key_id is not allowed by role'],
    ['any', { valid_principals: 'root' }, bad('root')],
    ['any', { valid_principals: 'u,root,a' }, bad('a')],
    ['any', { valid_principals: 'U' }, bad('U')],
    ['any', { valid_principals: '*' }, bad('*')],
    ['other', {}, bad('w')],
    ['no-users', {}, NOT_ANY],
    ['nobody', {}, UNSAFE],
    ['nobody', { valid_principals: ', ,' }, UNSAFE],
    ['host', { cert_type: 'host' }, UNSAFE],
    ['no-domains', { cert_type: 'host', valid_principals: 'a' }, NOT_ANY],
    ['host', { cert_type: 'host', valid_principals: 'a.example.com' }, bad('a.example.com')],
    ['sub', { cert_type: 'host', valid_principals: 'example.com' }, bad('example.com')],
    ['sub', { cert_type: 'host', valid_principals: 'badexample.com' }, bad('badexample.com')],
    ['sub', { cert_type: 'host', valid_principals: 'a.example.org' }, bad('a.example.org')],
    ['short', { ttl: '2h' }, 'ttl is larger than maximum allowed 3600'],
    ['any', { ttl: '768h1s' }, 'ttl is larger than maximum allowed 2764800'],
    [
      'pty',
      { extensions: { 'permit-pty': '' } },
      'extensions [permit-pty] are not on allowed list',
    ],
    [
      'listed',
      { extensions: { 'permit-pty': '', c: '' } },
      'extensions [c] are not on allowed list',
    ],
    [
      'options',
      { critical_options: { a: '', 'force-command': '' } },
      'critical options not on allowed list: [a]',
    ],
    [
      'options',
      { critical_options: { 'source-address': '0.0.0.0/0' } },
      'critical options not on allowed list: [source-address]',
    ],
    ['rsa', { public_key: rsa }, unfit('key is of an invalid size: 2048')],
    ['rsa', {}, unfit('key of type ed25519 is not allowed')],
    ['ec', { public_key: p384 }, unfit('key is of an invalid size: 384')],
    ['ec', { public_key: rsa }, unfit('key of type rsa is not allowed')],
    ['lost', {}, 'unable to find issuer for reference: nobody'],
  ]
  for (const [role, given, message] of REFUSED)
    it(`of the role ${role} with ${JSON.stringify(given).slice(0, 80)}`, async () =>
      expectFailure(await ssh(`sign/${role}`, { public_key: key, ...given }), 400, message))

  const STRICT: readonly (readonly [string, object, string])[] = [
    [
      'any',
      { public_key: key.replace('ssh-ed25519', 'ssh-rsa') },
      unparsed('it is of type ssh-ed25519, not "ssh-rsa"'),
    ],
    ['star', { valid_principals: '*' }, bad('*')],
    ['star', { valid_principals: 'a b' }, bad('a b')],
    ['star', { valid_principals: 'a\nb' }, bad('"a\\nb"')],
    ['extensions', { extensions: { 'a b': '' } }, 'a b is not the name of an option'],
    ['ids', { key_id: 'a\nb' }, 'key_id has characters that cannot be printed'],
  ]
  for (const [role, given, message] of STRICT)
    ours(
      `of the role ${role} with ${JSON.stringify(given).slice(0, 80)}, which OpenBao signs`,
      async () =>
        expectFailure(await ssh(`sign/${role}`, { public_key: key, ...given }), 400, message),
    )

  ours(
    'refuses RSA keys below 2048 bits where the role says nothing of sizes, and certificates',
    async () => {
      const weak = keygen.key('-t', 'rsa', '-b', '1024').line
      expectFailure(
        await ssh('sign/any', { public_key: weak }),
        400,
        unfit('key is of an invalid size: 1024'),
      )
      const { signed_key } = (await ssh('sign/any', { public_key: key })).body.data
      expectFailure(
        await ssh('sign/any', { public_key: signed_key }),
        400,
        unparsed('it is a certificate, not a key'),
      )
    },
  )

  for (const [field, value] of [
    ['ttl', '5x'],
    ['ttl', -1],
    ['extensions', 'permit-pty'],
    ['critical_options', 1],
    ['valid_principals', ['u']],
  ] as const)
    it(`${field}=${JSON.stringify(value)}`, async () => {
      const { status, body } = await ssh('sign/any', { public_key: key, [field]: value })
      expect(status).to.equal(400)
      expect(body.errors[0]).to.match(
        new RegExp(`^Field validation failed: error converting input for field "${field}": .`),
      )
    })
})
