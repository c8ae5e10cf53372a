import { chmodSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { ExitReason } from '../../../helper/exit-codes.ts'
import {
  Bed,
  type Ended,
  expectEnd,
  HERE,
  OTP,
  PAM,
  type Run,
  together,
} from '../../support/helper.ts'
import { reply } from '../../support/hostile.ts'

const bed = new Bed()
const GOOD = reply(200, { data: { username: 'alice', ip: HERE, role_name: 'ops' } })
const filler = '\b\n\r\x7fINCORRECT'.repeat(4).slice(0, OTP.length)

const evil = join(bed.folder, 'evil.cjs')
writeFileSync(evil, 'process.exit(0)')

const [damaged, cut] = [join(bed.folder, 'damaged.pem'), join(bed.folder, 'cut.pem')]
const whole = readFileSync(bed.authority.caFile, 'utf8')
writeFileSync(damaged, whole + whole.replace(/\nM.{40}/, '\nMAAA'))
writeFileSync(cut, whole.slice(0, -60))

const absent = join(bed.folder, 'absent')
const looping = join(bed.folder, 'looping')
symlinkSync(looping, looping)

const env = (changes: Readonly<Record<string, string | undefined>>): Run => ({
  env: Object.fromEntries(
    Object.entries({ ...PAM, ...changes }).filter(
      (each): each is [string, string] => each[1] !== undefined,
    ),
  ),
})
const words = (...list: readonly string[]): Run => ({ words: list })
const input = (typed: string | Buffer): Run => ({ input: typed })
const settings = (changes: Readonly<Record<string, unknown>>): Run => ({ settings: changes })

const unsafe = {
  NODE_OPTIONS: `--require ${evil}`,
  NODE_EXTRA_CA_CERTS: evil,
  NODE_TLS_REJECT_UNAUTHORIZED: '0',
  NODE_DEBUG: 'tls',
  LD_PRELOAD: '/nowhere.so',
  LD_LIBRARY_PATH: '/tmp',
  http_proxy: 'http://127.0.0.1:1',
  HTTPS_PROXY: 'http://127.0.0.1:1',
  no_proxy: '*',
  ALL_PROXY: 'http://127.0.0.1:1',
  SSL_CERT_FILE: evil,
  SSL_CERT_DIR: '/tmp',
  SSLKEYLOGFILE: join(bed.folder, 'keys'),
  OPENSSL_CONF: '/dev/null',
  VAULT_ADDR: 'http://127.0.0.1:1',
  VAULT_SKIP_VERIFY: 'true',
  BAO_ADDR: 'http://127.0.0.1:1',
  POSTERN_ADDR: 'http://127.0.0.1:1',
  HOSTALIASES: evil,
  RES_OPTIONS: 'debug',
  GLIBC_TUNABLES: 'glibc.malloc.check=3',
}

const PASSWORDS = 'https://ann:hunter2@127.0.0.1:1'

/** What is denied before any engine is asked: who is logging in plays no part in it. */
const CASES: readonly (readonly [string, Run, ExitReason])[] = [
  ...Object.entries(unsafe).map(
    ([name, value]) => [`${name} set`, env({ [name]: value }), 'environment'] as const,
  ),
  ['-help', words('-help'), 'usage'],
  ['-h', words('-h'), 'usage'],
  ['-version', words('--version'), 'usage'],
  ['-verify-only', words('-verify-only'), 'usage'],
  ['an unknown flag', words('-verify-onyl'), 'usage'],
  ['an argument', words('login'), 'usage'],
  ['flags of Node', words('--eval=process.exit(0)'), 'usage'],
  ['a level that is none', words('-log-level=loud'), 'usage'],
  ['a file that is not there', words('-config=/nowhere/helper.toml'), 'settings'],
  ['an account line of PAM', env({ PAM_TYPE: 'account' }), 'usage'],
  ['a session line of PAM', env({ PAM_TYPE: 'open_session' }), 'usage'],
  ['no type of PAM', env({ PAM_TYPE: undefined }), 'usage'],
  ['no user', env({ PAM_USER: undefined }), 'usage'],
  ['an empty user', env({ PAM_USER: '' }), 'usage'],
  ['a user of 257 bytes', env({ PAM_USER: 'x'.repeat(257) }), 'denied'],
  ['a connection without an address', env({ SSH_CONNECTION: '192.0.2.7 50000 web 22' }), 'input'],
  [
    'an address with a zone that has none',
    env({ SSH_CONNECTION: `${HERE} 1 ${HERE}%eth0 22` }),
    'input',
  ],
  ['half of a connection', env({ SSH_CONNECTION: `192.0.2.7 50000 ${HERE}` }), 'input'],
  ['an empty connection', env({ SSH_CONNECTION: '' }), 'input'],
  ['an unknown key', settings({ alowed_roles: '*' }), 'settings'],
  ['http without TLS', settings({ vault_addr: 'http://127.0.0.1:1' }), 'settings'],
  [
    'one of two addresses without TLS',
    settings({ vault_addr: 'https://127.0.0.1:1,http://127.0.0.1:1' }),
    'settings',
  ],
  ['a password in an address', settings({ vault_addr: PASSWORDS }), 'settings'],
  ['a password in what is no address', settings({ vault_addr: `ftp${PASSWORDS}` }), 'settings'],
  ['tls_skip_verify', settings({ tls_skip_verify: true }), 'settings'],
  ['no address', settings({ vault_addr: '' }), 'settings'],
  ["a deadline above sshd's", settings({ deadline: '51s' }), 'settings'],
  ['an empty authority', settings({ ca_cert: '' }), 'settings'],
  ['an empty folder of authorities', settings({ ca_cert: undefined, ca_path: '' }), 'settings'],
  ['an empty pin', settings({ pin_sha256: '' }), 'settings'],
  ['an empty list of pins', settings({ pin_sha256: [] }), 'settings'],
  ['a relative log', settings({ log_file: 'log' }), 'settings'],
  ['a mount that leaves its place', settings({ ssh_mount_point: '../sys' }), 'settings'],
  ['a namespace of two lines', settings({ namespace: 'a\r\nX-Vault-Token: b' }), 'settings'],
  ['a pin that is none', settings({ pin_sha256: 'abc' }), 'settings'],
  ['an authority that is not there', settings({ ca_cert: '/nowhere' }), 'settings'],
  ...[absent, bed.authority.caFile, looping].map(
    folder =>
      [
        `${folder} as folder of authorities`,
        settings({ ca_cert: undefined, ca_path: folder }),
        'settings',
      ] as const,
  ),
  ['an authority without certificate', settings({ ca_cert: evil }), 'settings'],
  ['an authority whose certificate is damaged', settings({ ca_cert: damaged }), 'settings'],
  ['an authority whose certificate is cut', settings({ ca_cert: cut }), 'settings'],
  ['a file that is no TOML', { file: 'vault_addr =' }, 'settings'],
]

/** What is denied on the host, for a reason that must not show outside: the engine is asked for its echo. */
const DECOYED: readonly (readonly [string, Run, ExitReason])[] = [
  ['nothing typed', input(''), 'input'],
  ['a Unix password', input('correct horse battery staple'), 'input'],
  ['what sshd gives for a user who may not log in', input(filler), 'input'],
  ['the word of the health check', input('verify-echo-request'), 'input'],
  ['the answer of the health check', input('verify-echo-response'), 'input'],
  ['a password with a blank inside', input(`${OTP.slice(0, 9)} ${OTP.slice(9)}`), 'input'],
  ['a password after an end of line', input(`\n${OTP}`), 'input'],
  ['a password with something behind a blank', input(`${OTP} x`), 'input'],
  ['blanks', input('   '), 'input'],
  ['a password with two ends of line', input(`${OTP}\n\n`), 'input'],
  ['a password with CR', input(`${OTP}\r\n`), 'input'],
  ['a password with two NULs', input(`${OTP}\0\0`), 'input'],
  ['a password with NUL inside', input(OTP.replace('-', '\0')), 'input'],
  ['a password and more after NUL', input(`${OTP}\0x`), 'input'],
  ['a password twice', input(OTP + OTP), 'input'],
  ['bytes that are no text', input(Buffer.of(0xff, 0xfe, 0x80)), 'input'],
  ['10 000 bytes', input('x'.repeat(10_000)), 'input'],
  ['a closed stdin', { command: ['/bin/sh', '-c', 'exec "$0" "$@" <&-'] }, 'input'],
  ['stdin from nowhere', { command: ['/bin/sh', '-c', 'exec "$0" "$@" </dev/null'] }, 'input'],
  ['no roles', settings({ allowed_roles: '' }), 'denied'],
  ['other users', settings({ allowed_users: ['bob'] }), 'denied'],
  ['no users', settings({ allowed_users: [] }), 'denied'],
  [
    'an address that many hosts have',
    env({ SSH_CONNECTION: '127.0.0.1 1 127.0.0.1 22' }),
    'denied',
  ],
]

interface Seen {
  readonly ended: Ended
  readonly connections: number
  readonly received: string
}

const seenBy = async (run: Run): Promise<Seen> => {
  await using engine = await bed.engine(GOOD)
  const ended = await bed.run({ engines: [engine], ...run })
  return { ended, connections: engine.connections, received: engine.received }
}

describe('The helper, without asking about what was typed, denies with', function () {
  this.timeout(60_000)

  let all: ReadonlyMap<string, Seen>

  before(async () => {
    all = await together([...CASES, ...DECOYED], ([, run]) => seenBy(run))
  })
  after(() => bed[Symbol.dispose]())

  for (const [what, , end] of CASES)
    it(`${what}: ${end}`, () => {
      const { ended, connections } = all.get(what)!
      expectEnd(ended, end)
      expect(ended.stderr)
        .to.match(/decision=denied/)
        .and.not.match(/hunter2/)
      expect(connections).to.equal(0)
    })

  for (const [what, { input: typed = OTP }, end] of DECOYED)
    it(`${what}: ${end}, after an exchange that says nothing of it`, () => {
      const { ended, connections, received } = all.get(what)!
      expectEnd(ended, end)
      expect(ended.stderr).to.match(/decision=denied/)
      expect([connections, received.split('verify-echo-request').length]).to.deep.equal([1, 2])
      expect(received).to.not.contain(OTP)
      if (typed.length > 0 && !typed.includes('verify-echo')) expect(received).to.not.contain(typed)
      expect(received).to.not.contain('alice')
    })

  it('a folder of authorities that cannot be read, and says why', () => {
    const why = (folder: string) => all.get(`${folder} as folder of authorities`)!.ended.stderr
    expect(why(absent)).to.contain('absent does not exist')
    expect(why(bed.authority.caFile)).to.contain('is not a directory')
    expect(why(looping)).to.contain('leads through too many symbolic links')
  })

  const trusted = join(bed.folder, 'mine.toml')
  const spoils = {
    'a file that others can write': () => chmodSync(trusted, 0o602),
    'a file that the group can write': () => chmodSync(trusted, 0o620),
    'a link in place of the file': () => symlinkSync('/dev/null', join(bed.folder, 'link.toml')),
  }
  for (const [what, spoil] of Object.entries(spoils))
    it(`${what}: settings`, async () => {
      await using engine = await bed.engine(GOOD)
      const text = `vault_addr = "${engine.url}"\nallowed_roles = "*"\nca_cert = "${bed.authority.caFile}"\n`
      writeFileSync(trusted, text, { mode: 0o600 })
      spoil()
      const file = what.includes('link') ? join(bed.folder, 'link.toml') : trusted
      expectEnd(await bed.run({ words: [`-config=${file}`] }), 'settings')
      expect(engine.connections).to.equal(0)
    })
})
