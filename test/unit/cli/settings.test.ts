import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { parseArguments, readFlags } from '../../../engine/cli/arguments.ts'
import { CONNECTION } from '../../../engine/cli/flags.ts'
import { readSettings } from '../../../engine/cli/settings.ts'

describe('Settings of the command line', () => {
  let home: string
  let warnings: string[]
  beforeEach(() => {
    warnings = []
  })
  before(() => {
    home = mkdtempSync(join(tmpdir(), 'postern-home-'))
    writeFileSync(join(home, '.vault-token'), 'stored\n', { mode: 0o600 })
  })
  after(() => rmSync(home, { recursive: true }))

  async function settings(words: readonly string[], environment: Record<string, string>) {
    const parsed = parseArguments(words, {
      name: 'read',
      flags: CONNECTION,
      aliases: {},
      endsAtArgument: false,
    })
    const {
      address,
      token,
      proxy: _,
      ...rest
    } = readSettings(readFlags(CONNECTION, parsed), environment, {
      warn: text => void warnings.push(text),
    })
    return { address: address.href, token: (await token.get())?.reveal(), ...rest }
  }

  const refusal = (work: Promise<unknown>) => work.then(String, (error: Error) => error.message)

  const PLAIN = {
    address: 'https://127.0.0.1:8200/',
    token: undefined,
    namespace: undefined,
    wrapTtl: undefined,
    headers: {},
    deadline: 60_000,
    trust: { caFile: undefined, caPath: undefined, serverName: undefined, skipVerify: false },
    refusesRedirects: false,
  }

  it('are the defaults of unset settings', async () => {
    expect(await settings([], {})).to.deep.equal(PLAIN)
  })

  it('come from Vault’s variables', async () => {
    const environment = {
      VAULT_ADDR: 'http://vault:1',
      VAULT_TOKEN: 't',
      VAULT_CACERT: '/ca.pem',
      VAULT_CAPATH: '/ca',
      VAULT_TLS_SERVER_NAME: 'vault.example',
      VAULT_SKIP_VERIFY: '1',
      VAULT_NAMESPACE: 'team',
      VAULT_CLIENT_TIMEOUT: '5',
      VAULT_WRAP_TTL: '2m',
      VAULT_DISABLE_REDIRECTS: 'true',
    }
    expect(await settings([], environment)).to.deep.equal({
      address: 'http://vault:1/',
      token: 't',
      namespace: 'team/',
      refusesRedirects: true,
      wrapTtl: 120,
      headers: {},
      deadline: 5000,
      trust: { caFile: '/ca.pem', caPath: '/ca', serverName: 'vault.example', skipVerify: true },
    })
  })

  it('prefer our variables to Vault’s, and flags to both; an empty variable is not set', async () => {
    const environment = {
      POSTERN_ADDR: 'http://own',
      VAULT_ADDR: 'http://vault',
      POSTERN_TOKEN: '',
      VAULT_TOKEN: 't',
      BAO_TOKEN: 'b',
      VAULT_NAMESPACE: 'team',
    }
    const { address, token, namespace } = await settings([], environment)
    expect([address, token, namespace]).to.deep.equal(['http://own/', 't', 'team/'])
    expect(await settings(['-address=http://flag', '-ns=/'], environment)).to.include({
      address: 'http://flag/',
      namespace: undefined,
    })
  })

  it('leave out blanks around what a file of variables sets', async () => {
    const environment = {
      VAULT_ADDR: ' http://vault:1\r',
      VAULT_TOKEN: 't \r\n',
      POSTERN_TOKEN: ' ',
      VAULT_NAMESPACE: 'team ',
    }
    expect(await settings([], environment)).to.include({
      address: 'http://vault:1/',
      token: 't',
      namespace: 'team/',
    })
    expect(await refusal(settings([], { VAULT_TOKEN: 't t' }))).to.include(
      'the token contains blanks',
    )
  })

  it('wait as long as a timer can for what has no end', async () => {
    for (const VAULT_CLIENT_TIMEOUT of ['0', '2000h'])
      expect((await settings([], { VAULT_CLIENT_TIMEOUT })).deadline).to.equal(2 ** 31 - 1)
  })

  it('find the token that login has kept, unless one is set', async () => {
    expect((await settings([], { HOME: home })).token).to.equal('stored')
    expect((await settings([], { HOME: home, VAULT_TOKEN: 't' })).token).to.equal('t')
    expect((await settings([], { HOME: '/nonexistent' })).token).to.equal(undefined)
  })

  describe('from a file', () => {
    const token = () => join(home, '.vault-token')
    afterEach(() => {
      rmSync(token(), { force: true, recursive: true })
      writeFileSync(token(), 'stored\n', { mode: 0o600 })
    })

    it('are used, with a warning, where others can read it', async () => {
      chmodSync(token(), 0o644)
      expect((await settings([], { HOME: home })).token).to.equal('stored')
      expect(warnings).to.deep.equal([
        `WARNING! Other users can read the token in ${token()}: run chmod 600 ${token()}`,
      ])
    })

    it('are used from where a link of the user leads', async () => {
      renameSync(token(), `${token()}.there`)
      symlinkSync(`${token()}.there`, token())
      expect([(await settings([], { HOME: home })).token, warnings]).to.deep.equal(['stored', []])
      rmSync(`${token()}.there`)
    })

    for (const [why, spoil, message] of [
      ['others can write it', () => chmodSync(token(), 0o666), 'can be changed by other users'],
      // only root can give a file away
      ...(process.getuid?.() === 0
        ? ([
            [
              'it is another user’s',
              () => chownSync(token(), 65_534, 65_534),
              'belongs to another user',
            ],
          ] as const)
        : []),
      [
        'it is a named pipe',
        () => {
          rmSync(token())
          execFileSync('mkfifo', ['-m', '600', token()])
        },
        'is not a regular file',
      ],
      [
        'it is a folder',
        () => {
          rmSync(token())
          mkdirSync(token())
        },
        'is not a regular file',
      ],
    ] as const)
      it(`are refused where ${why}`, async () => {
        spoil()
        expect(await refusal(settings([], { HOME: home }))).to.include(
          `${token()}, where the token is kept, ${message}`,
        )
        expect((await settings([], { HOME: home, VAULT_TOKEN: 't' })).token).to.equal('t')
      })
  })

  for (const [why, words, environment, message] of [
    ['an address that is none', ['-address=vault:8200'], {}, '"vault:8200" is not a URL'],
    ...[
      'http://ann:hunter2@vault',
      'http://hunter2@vault',
      'ftp://ann:hunter2@vault',
      'ann:hunter2@vault:8200',
      'http://ann:hunter2@[',
      'hunter2@vault',
    ].map(
      address =>
        [
          `the address ${address}`,
          [`-address=${address}`],
          {},
          'an address must not contain a user or a password',
        ] as const,
    ),
    ['a token with blanks', [], { VAULT_TOKEN: 'hunter 2' }, 'the token contains blanks'],
    [
      'a header of the client’s own',
      ['-header=X-Vault-Token=x'],
      {},
      'failed to setup Headers[X-Vault-Token]',
    ],
    [
      'a time that is none',
      [],
      { VAULT_CLIENT_TIMEOUT: 'soon' },
      'could not parse VAULT_CLIENT_TIMEOUT',
    ],
    [
      'a truth that is none',
      [],
      { VAULT_SKIP_VERIFY: 'maybe' },
      'could not parse VAULT_SKIP_VERIFY',
    ],
  ] as const)
    it(`refuse ${why}`, async () => {
      const text = await refusal(settings(words, environment))
      expect(text).to.include(message)
      expect(text).to.not.include('hunter')
    })
})
