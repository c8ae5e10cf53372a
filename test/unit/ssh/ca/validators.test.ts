import { expect } from 'chai'
import type { PublicKey } from '../../../../engine/openssh/public-key.ts'
import type { CertificateRequest } from '../../../../engine/ssh/ca/certificate-request.ts'
import { draftOf } from '../../../../engine/ssh/ca/modifiers.ts'
import { objection } from '../../../../engine/ssh/ca/validators.ts'
import type { CaRole } from '../../../../engine/ssh/role/role.ts'
import { ED25519, fido, request } from '../../../support/certificate-requests.ts'

const rsa = (bits: number): PublicKey => ({ ...ED25519, type: 'ssh-rsa', family: 'rsa', bits })
const p256: PublicKey = { ...ED25519, type: 'ecdsa-sha2-nistp256', family: 'ecdsa', bits: 256 }

const objectionTo = (asked?: Partial<CertificateRequest>, role?: Partial<CaRole>) => {
  const made = request(asked, role)
  return objection(made, draftOf(made))
}

const EMPTY =
  'refusing to issue unsafe, globally-valid certificate with no principals specified; set valid_principals or default_user'
const NOT_ANY = 'role is not configured to allow any principals'
const badPrincipal = (text: string) => `${text} is not a valid value for valid_principals`
const badKey = (text: string) => `public_key failed to meet the key requirements: ${text}`

describe('The validators of a certificate', () => {
  it('let pass what the role allows', () => {
    expect(objectionTo()).to.equal(undefined)
  })

  const CASES: readonly (readonly [
    why: string,
    asked: Partial<CertificateRequest>,
    role: Partial<CaRole>,
    reason: string | undefined,
  ])[] = [
    ['RSA of 2048 bits', { key: rsa(2048) }, {}, undefined],
    ['RSA of 1024 bits', { key: rsa(1024) }, {}, badKey('key is of an invalid size: 1024')],
    [
      'a size that is listed',
      { key: rsa(1024) },
      { allowedUserKeyLengths: { rsa: [1024] } },
      undefined,
    ],
    [
      'another size',
      { key: rsa(2048) },
      { allowedUserKeyLengths: { 'ssh-rsa': [4096] } },
      badKey('key is of an invalid size: 2048'),
    ],
    [
      'a larger size',
      { key: rsa(8192) },
      { allowedUserKeyLengths: { rsa: [4096] } },
      badKey('key is of an invalid size: 8192'),
    ],
    [
      'a type not listed',
      {},
      { allowedUserKeyLengths: { rsa: [4096] } },
      badKey('key of type ed25519 is not allowed'),
    ],
    ['Ed25519 with any size', {}, { allowedUserKeyLengths: { ed25519: [0] } }, undefined],
    [
      'Ed25519 without a size',
      {},
      { allowedUserKeyLengths: { 'ssh-ed25519': [] } },
      badKey('key is of an invalid size: 256'),
    ],
    ['a curve by its bits', { key: p256 }, { allowedUserKeyLengths: { ec: [256] } }, undefined],
    [
      'a curve by its name',
      { key: p256 },
      { allowedUserKeyLengths: { 'ecdsa-sha2-nistp256': [0] } },
      undefined,
    ],
    [
      'another curve',
      { key: p256 },
      { allowedUserKeyLengths: { ecdsa: [384] } },
      badKey('key is of an invalid size: 256'),
    ],
    [
      'a FIDO key by its short name',
      { key: fido },
      { allowedUserKeyLengths: { 'sk-ssh-ed25519': [0] } },
      undefined,
    ],
    [
      'a plain key where only FIDO keys may be',
      {},
      { allowedUserKeyLengths: { 'sk-ed25519': [0] } },
      badKey('key of type ed25519 is not allowed'),
    ],
    ['a key id of its own', { keyId: 'x' }, {}, 'setting key_id is not allowed by role'],
    ['a key id that the role allows', { keyId: 'x' }, { allowUserKeyIds: true }, undefined],
    [
      'a key id with a line break',
      { keyId: 'a\nb' },
      { allowUserKeyIds: true },
      'key_id has characters that cannot be printed',
    ],
    [
      'a key id that turns its direction',
      { keyId: '\u202eid' },
      { allowUserKeyIds: true },
      'key_id has characters that cannot be printed',
    ],
    [
      'an endless key id',
      { keyId: 'x'.repeat(1025) },
      { allowUserKeyIds: true },
      'key_id is longer than 1024 bytes',
    ],
    [
      'no user certificates',
      {},
      { allowUserCertificates: false },
      "cert_type 'user' is not allowed by role",
    ],
    [
      'no host certificates',
      { type: 'host' },
      { allowHostCertificates: false },
      "cert_type 'host' is not allowed by role",
    ],
    ['another type', { type: 'root' }, {}, "cert_type must be either 'user' or 'host'"],
    ['an allowed principal', { principals: 'ops' }, {}, undefined],
    ['another principal', { principals: 'ops,root' }, {}, badPrincipal('root')],
    ['a principal in other letters', { principals: 'OPS' }, {}, badPrincipal('OPS')],
    ['a default user that is not allowed', {}, { defaultUser: 'root' }, badPrincipal('root')],
    ['any principal', { principals: 'root' }, { allowedUsers: '*' }, undefined],
    ['a star in a list', { principals: 'root' }, { allowedUsers: 'ops,*' }, badPrincipal('root')],
    ['a star asked for', { principals: '*' }, { allowedUsers: '*' }, badPrincipal('*')],
    [
      'a star asked for and listed',
      { principals: '*' },
      { allowedUsers: 'ops,*' },
      badPrincipal('*'),
    ],
    [
      'a pattern for hosts',
      { principals: 'a?.example.com', type: 'host' },
      { allowedDomains: '*' },
      badPrincipal('a?.example.com'),
    ],
    ['a blank inside', { principals: 'a b' }, { allowedUsers: '*' }, badPrincipal('a b')],
    ...['root\u200b', '\u202etoor', 'a\u2028b', 'a\u00adb'].map(
      name =>
        [
          `a user named ${JSON.stringify(name)}`,
          { principals: name },
          { allowedUsers: '*' },
          badPrincipal(JSON.stringify(name)),
        ] as const,
    ),
    ['half a character', { principals: '\ud800' }, { allowedUsers: '*' }, badPrincipal('\ud800')],
    ['a control byte', { principals: 'a\0b' }, { allowedUsers: '*' }, badPrincipal('"a\\u0000b"')],
    ['nobody allowed', { principals: 'ops' }, { allowedUsers: '' }, NOT_ANY],
    ['no principal at all', {}, { defaultUser: '' }, EMPTY],
    ['commas only', { principals: ', ,' }, {}, EMPTY],
    [
      'no principal, which the role allows',
      {},
      { defaultUser: '', allowEmptyPrincipals: true },
      undefined,
    ],
    ['no principal where all are allowed', {}, { defaultUser: '', allowedUsers: '*' }, undefined],
    ['a host without a name', { type: 'host' }, {}, EMPTY],
    ['a subdomain', { type: 'host', principals: 'a.example.com' }, {}, undefined],
    [
      'a subdomain where none may be',
      { type: 'host', principals: 'a.example.com' },
      { allowSubdomains: false },
      badPrincipal('a.example.com'),
    ],
    [
      'the bare domain',
      { type: 'host', principals: 'example.com' },
      {},
      badPrincipal('example.com'),
    ],
    [
      'the bare domain that may be',
      { type: 'host', principals: 'example.com' },
      { allowBareDomains: true },
      undefined,
    ],
    [
      'a domain that only ends alike',
      { type: 'host', principals: 'badexample.com' },
      { allowBareDomains: true },
      badPrincipal('badexample.com'),
    ],
    [
      'only the dot',
      { type: 'host', principals: '.example.com' },
      {},
      badPrincipal('.example.com'),
    ],
    ...[
      ...['a..example.com', 'evil.com/.example.com', '[evil]:22.example.com', '-.example.com'],
      ...['a-.example.com', '%.example.com', `${'a'.repeat(64)}.example.com`, '.a.example.com'],
    ].map(
      name =>
        [
          `the host ${name}`,
          { type: 'host', principals: name },
          { allowedDomains: '*' },
          badPrincipal(name),
        ] as const,
    ),
    ...['a.b.example.com', 'a_b.example.com', '9.example.com', 'xn--bcher-kva.example.com'].map(
      name => [`the host ${name}`, { type: 'host', principals: name }, {}, undefined] as const,
    ),
    ...['2001:db8::1', '192.0.2.1', 'web', 'bücher.example', 'web.example.'].map(
      name =>
        [
          `${name}`,
          { type: 'host', principals: name },
          { allowedDomains: '*' },
          undefined,
        ] as const,
    ),
    [
      'a host on a port, whose name is on the list',
      { type: 'host', principals: '[gw]:2222' },
      { allowedDomains: '[gw]:2222', allowBareDomains: true },
      undefined,
    ],
    ['as long as may be', { ttl: 3600 }, {}, undefined],
    ['a second longer', { ttl: 3601 }, {}, 'ttl is larger than maximum allowed 3600'],
    [
      'longer than the mount allows',
      { ttl: 61, mount: { defaultTtl: 60, maxTtl: 60 } },
      { maxTtl: 0 },
      'ttl is larger than maximum allowed 60',
    ],
    ['any critical option', { criticalOptions: { 'force-command': 'ls' } }, {}, undefined],
    [
      'a listed critical option',
      { criticalOptions: { 'force-command': 'ls' } },
      { allowedCriticalOptions: 'source-address, force-command' },
      undefined,
    ],
    [
      'critical options not listed',
      { criticalOptions: { b: '', a: '' } },
      { allowedCriticalOptions: 'c' },
      'critical options not on allowed list: [a b]',
    ],
    [
      'a critical option where the list is a comma',
      { criticalOptions: { a: '' } },
      { allowedCriticalOptions: ',' },
      'critical options not on allowed list: [a]',
    ],
    [
      'defaults that are not on the list',
      {},
      { defaultCriticalOptions: { x: '' }, allowedCriticalOptions: 'y' },
      undefined,
    ],
    ['a listed extension', { extensions: { 'permit-pty': '' } }, {}, undefined],
    [
      'extensions not listed',
      { extensions: { b: '', a: '' } },
      {},
      'extensions [a b] are not on allowed list',
    ],
    [
      'an extension where the list is empty',
      { extensions: { 'permit-pty': '' } },
      { allowedExtensions: '' },
      'extensions [permit-pty] are not on allowed list',
    ],
    [
      'any extension',
      { extensions: { 'login@github.com': 'ann' } },
      { allowedExtensions: '*' },
      undefined,
    ],
    [
      'as many principals as OpenSSH reads',
      { principals: Array.from({ length: 256 }, (_, each) => `u${each}`).join() },
      { allowedUsers: '*' },
      undefined,
    ],
    [
      'one principal more',
      { principals: Array.from({ length: 257 }, (_, each) => `u${each}`).join() },
      { allowedUsers: '*' },
      'a certificate cannot have more than 256 principals',
    ],
    [
      'an option that fits into no packet',
      { extensions: { a: 'x'.repeat(65_536) } },
      { allowedExtensions: '*' },
      'a certificate cannot have more than 65536 bytes of text',
    ],
    ...(
      [
        [{ 'force-command': null }, 'option force-command needs a value'],
        [{ 'force-command': '' }, 'option force-command needs a value'],
        [{ 'source-address': '' }, 'option source-address needs a value'],
        [{ 'source-address': ',' }, 'option source-address: it names no address'],
        [{ 'source-address': ' 10.0.0.1/8, ' }, undefined],
        [
          { 'source-address': '10.0.0.0/8,10.0.0.256' },
          'option source-address: "10.0.0.256" is neither an address nor a block of addresses',
        ],
        [{ 'force-command': 'a\nb' }, 'the value of option force-command is more than one line'],
        [{ 'force-command': 'b\0c' }, 'the value of option force-command is more than one line'],
        [{ 'verify-required': 'x' }, 'option verify-required takes no value but true'],
        [{ 'verify-required': 'true' }, undefined],
      ] as const
    ).map(
      ([criticalOptions, reason]) =>
        [
          `the critical option ${JSON.stringify(criticalOptions)}`,
          { criticalOptions },
          {},
          reason,
        ] as const,
    ),
    ...(
      [
        [{ 'permit-pty': 'x' }, 'option permit-pty takes no value but true'],
        [{ 'permit-pty': false }, 'option permit-pty takes no value but true'],
        [{ 'permit-pty': true }, undefined],
        [{ 'permit-pty': null }, undefined],
        [
          { 'login@github.com': 'a\r' },
          'the value of option login@github.com is more than one line',
        ],
      ] as const
    ).map(
      ([extensions, reason]) =>
        [
          `the extension ${JSON.stringify(extensions)}`,
          { extensions },
          { allowedExtensions: '*' },
          reason,
        ] as const,
    ),
    [
      'an option that is no word',
      { extensions: { 'a\nb': '' } },
      { allowedExtensions: '*' },
      '"a\\nb" is not the name of an option',
    ],
  ]
  for (const [why, asked, role, reason] of CASES)
    it(`${reason === undefined ? 'let pass' : 'refuse'} ${why}`, () => {
      expect(objectionTo(asked, role)).to.equal(reason)
    })

  it('are asked in a fixed order', () => {
    const all = { key: rsa(1024), keyId: 'x', type: 'x', principals: 'root', ttl: 9999 }
    const more = { criticalOptions: { z: '' }, extensions: { z: '' } }
    const listed = { allowedCriticalOptions: 'y' }
    expect(objectionTo({ ...all, ...more }, listed)).to.match(/key requirements/)
    expect(objectionTo({ ...all, ...more, key: ED25519 }, listed)).to.match(/^setting key_id/)
    const step = { ...all, ...more, key: ED25519, keyId: '' }
    expect(objectionTo(step, listed)).to.match(/^cert_type/)
    expect(objectionTo({ ...step, type: 'user' }, listed)).to.match(/valid_principals$/)
    expect(objectionTo({ ...step, type: 'user', principals: 'ops' }, listed)).to.match(/^ttl/)
    const last = { ...step, type: 'user', principals: 'ops', ttl: 0 }
    expect(objectionTo(last, listed)).to.match(/^critical options/)
    expect(objectionTo({ ...last, criticalOptions: {} }, listed)).to.match(/^extensions/)
  })
})
