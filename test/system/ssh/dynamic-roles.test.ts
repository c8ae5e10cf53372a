import { expect } from 'chai'
import fc from 'fast-check'
import { ApiError } from '../../../engine/api/errors.ts'
import { requireUserName } from '../../../engine/ssh/role/dynamic-role.ts'
import { INSTALL_SCRIPT } from '../../../engine/ssh/role/install-script.ts'
import { Keygen } from '../../support/keygen.ts'
import { testEngine } from '../../support/test-engine.ts'

describe('A key that installs others', () => {
  const keygen = new Keygen()
  after(() => keygen[Symbol.dispose]())

  for (const [form, words] of [
    ['RSA in OpenSSH’s form', ['-t', 'rsa', '-b', '2048']],
    ['RSA in PKCS#1', ['-t', 'rsa', '-b', '2048', '-m', 'PEM']],
    ['RSA in PKCS#8', ['-t', 'rsa', '-b', '2048', '-m', 'PKCS8']],
    ['ECDSA in OpenSSH’s form', ['-t', 'ecdsa', '-b', '256']],
    ['ECDSA in SEC 1', ['-t', 'ecdsa', '-b', '384', '-m', 'PEM']],
    ['Ed25519', ['-t', 'ed25519']],
  ] as const)
    it(`may be ${form}`, async () => {
      const { post } = await testEngine()
      const key = keygen.read(keygen.key(...words).file)
      expect((await post('ssh/keys/admin', { key })).status).to.equal(204)
    })

  it('may have a passphrase, which must then be given', async () => {
    const { post } = await testEngine()
    const { file } = keygen.key('-t', 'ed25519')
    keygen.run('-p', '-P', '', '-N', 'secret', '-f', file)
    const key = keygen.read(file)
    expect(await post('ssh/keys/admin', { key })).to.deep.equal({
      status: 400,
      body: { errors: ['Invalid key: the key has a passphrase'] },
    })
    expect((await post('ssh/keys/admin', { key, passphrase: 'wrong' })).status).to.equal(400)
    expect((await post('ssh/keys/admin', { key, passphrase: 'secret' })).status).to.equal(204)
  })

  for (const [why, body] of [
    ['there is none', {}],
    ['it is empty', { key: '' }],
    ['it is a public key', { key: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKiTcHqPzUs' }],
    ['it is anything else', { key: 'secret' }],
  ] as const)
    it(`is refused when ${why}`, async () => {
      const { post } = await testEngine()
      expect(await post('ssh/keys/admin', body)).to.deep.equal({
        status: 400,
        body: { errors: ['Invalid key'] },
      })
    })

  it('is taken with a warning when it is weak', async () => {
    const { post } = await testEngine()
    const key = (bits: string) => keygen.read(keygen.key('-t', 'rsa', '-b', bits).file)
    expect((await post('ssh/keys/admin', { key: key('1024') })).body.warnings).to.deep.equal([
      'RSA keys of fewer than 2048 bits can be broken: use a larger key for the admin user',
    ])
    expect((await post('ssh/keys/admin', { key: key('2048') })).status).to.equal(204)
  })

  it('is never shown, and may be deleted twice', async () => {
    const { ask, get, post } = await testEngine()
    await post('ssh/keys/admin', { key: keygen.read(keygen.key('-t', 'ed25519').file) })
    expect((await get('ssh/keys/admin')).status).to.equal(405)
    expect((await ask('list', 'ssh/keys')).status).to.equal(404)
    for (const _ of [1, 2]) expect((await ask('delete', 'ssh/keys/admin')).status).to.equal(204)
  })
})

describe('A role of type dynamic', () => {
  const keygen = new Keygen()
  const { file, line } = keygen.key('-t', 'ed25519')
  after(() => keygen[Symbol.dispose]())

  const ROLE = {
    key_type: 'dynamic',
    key: 'admin',
    admin_user: 'otpadmin',
    default_user: 'alice',
    allowed_users: '*',
    cidr_list: '192.0.2.0/24',
  }

  async function withKey() {
    const made = await testEngine()
    await made.post('ssh/keys/admin', { key: keygen.read(file) })
    return made
  }

  it('is read with all that counts', async () => {
    const { get, post } = await withKey()
    expect(
      (await post('ssh/roles/ops', { ...ROLE, host_keys: [line], ttl: '5m' })).status,
    ).to.equal(204)
    expect((await get('ssh/roles/ops')).body.data).to.deep.equal({
      ...ROLE,
      exclude_cidr_list: '',
      port: 22,
      key_algorithm: 'rsa',
      key_bits: 2048,
      install_script: INSTALL_SCRIPT,
      install_timeout: 30,
      key_option_specs: '',
      host_keys: [line],
      known_hosts: '',
      host_key_policy: 'strict',
      ttl: 300,
    })
  })

  it('shows require_expiry where it is set', async () => {
    const { get, post } = await withKey()
    for (const require_expiry of [true, false]) {
      await post('ssh/roles/ops', { ...ROLE, require_expiry })
      const { data } = (await get('ssh/roles/ops')).body
      expect(data.require_expiry).to.equal(require_expiry || undefined)
    }
  })

  it('is warned of weak keys, which old clients ask for', async () => {
    const { post } = await withKey()
    const { status, body } = await post('ssh/roles/ops', { ...ROLE, key_bits: 1024 })
    expect([status, body.warnings]).to.deep.equal([
      200,
      [
        'RSA keys of 1024 bits can be broken: set key_bits to 2048 or more, or key_algorithm=ed25519',
      ],
    ])
  })

  it('gets a warning that its keys will be smaller if they would take too long to generate', async () => {
    const { get, post } = await withKey()
    const { status, body } = await post('ssh/roles/ops', { ...ROLE, key_bits: 8192 })
    expect([status, body.warnings]).to.deep.equal([
      200,
      [
        'RSA keys of more than 4096 bits take too long to generate: keys of this role will have 4096 bits',
      ],
    ])
    expect((await get('ssh/roles/ops')).body.data.key_bits).to.equal(4096)
  })

  for (const [more, message] of [
    [{ admin_user: '' }, 'missing admin username'],
    [{ key_bits: 512 }, 'invalid key_bits field'],
    [
      { admin_user: '-oProxyCommand=x' },
      'admin_user "-oProxyCommand=x" is not a name that keys can be installed for',
    ],
    [{ default_user: 'a;id' }, 'default_user "a;id" is not a name that keys can be installed for'],
    [{ port: 65_536 }, 'port must be between 1 and 65535'],
    [{ install_timeout: '2m' }, 'install_timeout must be between 1 and 60 seconds'],
    [
      { key_option_specs: 'no-pty\nssh-rsa AAAA' },
      'invalid key_option_specs: options are printable ASCII, on one line',
    ],
    [
      { key_option_specs: 'no-pty,from="10.77.0.0/33"' },
      'invalid key_option_specs: sshd cannot read from="10.77.0.0/33"',
    ],
    [
      { key_option_specs: 'expiry-time="20200101"' },
      'invalid key_option_specs: sshd cannot read expiry-time=',
    ],
    [
      { install_script: '#!/bin/sh\r' },
      'invalid install_script: hosts cannot run the interpreter "#!/bin/sh\\r"',
    ],
    [
      { install_script: '#!bin/sh\n' },
      'invalid install_script: hosts cannot run the interpreter "#!bin/sh"',
    ],
    [{ host_keys: 'nonsense' }, 'invalid host_keys: it is cut'],
    [{ known_hosts: '10.0.0.1' }, 'invalid known_hosts: line 1: '],
  ] as const)
    it(`is refused with ${JSON.stringify(more)}`, async () => {
      const { post } = await withKey()
      const { status, body } = await post('ssh/roles/ops', { ...ROLE, ...more })
      expect(status).to.equal(400)
      expect(body.errors[0].slice(0, message.length)).to.equal(message)
    })

  for (const username of [
    '',
    'a b',
    '$(id)',
    '`id`',
    "a';id;'",
    'a\nb',
    '../root',
    'a/b',
    '-x',
    '.',
    'a|b',
    'ünï',
    'a'.repeat(33),
  ].slice(1))
    it(`makes no key for the user ${JSON.stringify(username)}`, async () => {
      const { post } = await withKey()
      await post('ssh/roles/ops', { ...ROLE, host_key_policy: 'first-use' })
      expect(await post('ssh/creds/ops', { ip: '192.0.2.1', username })).to.deep.equal({
        status: 400,
        body: {
          errors: [
            `username ${JSON.stringify(username)} is not a name that keys can be installed for`,
          ],
        },
      })
    })

  it('makes keys for no name but a name, whatever is asked for', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        try {
          requireUserName(text, 'username')
        } catch (error) {
          return error instanceof ApiError
        }
        return /^\w[\w.-]*$/.test(text)
      }),
      { numRuns: 5000 },
    ))

  it('issues no key for a host without a known host key', async () => {
    const { ask, post } = await withKey()
    await post('ssh/roles/ops', ROLE)
    expect(await post('ssh/creds/ops', { ip: '192.0.2.1' })).to.deep.equal({
      status: 400,
      body: {
        errors: [
          'no host key of 192.0.2.1 is known: add it to host_keys or known_hosts of the role, or set host_key_policy=first-use',
        ],
      },
    })
    expect((await ask('list', 'sys/leases/lookup')).status).to.equal(404)
  })

  it('makes no key when its own has been deleted', async () => {
    const { ask, post } = await withKey()
    await post('ssh/roles/ops', { ...ROLE, host_keys: line })
    await ask('delete', 'ssh/keys/admin')
    const { status, body } = await post('ssh/creds/ops', { ip: '192.0.2.1' })
    expect(status).to.equal(500)
    expect(body.errors[0]).to.include('key "admin" not found')
  })
})
