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

/** What is wrong, with how it ends and what the log says of it. */
type Case = readonly [what: string, run: Run, end: ExitReason, reason: RegExp]

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
const CASES: readonly Case[] = [
  ...Object.entries(unsafe).map(
    ([name, value]) =>
      [
        `${name} set`,
        env({ [name]: value }),
        'environment',
        new RegExp(`unsafe .*${name}`),
      ] as const,
  ),
  ['-help', words('-help'), 'usage', /allow no login/],
  ['-h', words('-h'), 'usage', /allow no login/],
  ['-version', words('--version'), 'usage', /allow no login/],
  ['-verify-only', words('-verify-only'), 'usage', /allow no login/],
  ['an unknown flag', words('-verify-onyl'), 'usage', /unknown argument .*-verify-onyl/],
  ['an argument', words('login'), 'usage', /unknown argument .*login/],
  ['flags of Node', words('--eval=process.exit(0)'), 'usage', /unknown argument .*--eval/],
  ['a level that is none', words('-log-level=loud'), 'usage', /-log-level .*loud/],
  ['a file that is not there', words(`-config=${absent}`), 'settings', /absent.*does not exist/],
  ['an account line of PAM', env({ PAM_TYPE: 'account' }), 'usage', /for account/],
  ['the service su', env({ PAM_SERVICE: 'su' }), 'settings', /service .*"su.* services = /],
  ['no service of PAM', env({ PAM_SERVICE: undefined }), 'settings', /the PAM service .*may not/],
  ['a session line of PAM', env({ PAM_TYPE: 'open_session' }), 'usage', /for open_session/],
  ['no type of PAM', env({ PAM_TYPE: undefined }), 'usage', /PAM did not run this/],
  ['no user', env({ PAM_USER: undefined }), 'usage', /PAM names no user/],
  ['an empty user', env({ PAM_USER: '' }), 'usage', /PAM names no user/],
  ['a user of 257 bytes', env({ PAM_USER: 'x'.repeat(257) }), 'denied', /longer than 256 bytes/],
  [
    'a connection without an address',
    env({ SSH_CONNECTION: '192.0.2.7 50000 web 22' }),
    'input',
    /SSH_CONNECTION/,
  ],
  [
    'an address with a zone that has none',
    env({ SSH_CONNECTION: `${HERE} 1 ${HERE}%eth0 22` }),
    'input',
    /SSH_CONNECTION/,
  ],
  [
    'half of a connection',
    env({ SSH_CONNECTION: `192.0.2.7 50000 ${HERE}` }),
    'input',
    /SSH_CONNECTION/,
  ],
  ['an empty connection', env({ SSH_CONNECTION: '' }), 'input', /SSH_CONNECTION/],
  ['an unknown key', settings({ alowed_roles: '*' }), 'settings', /unknown key .*alowed_roles/],
  [
    'http without TLS',
    settings({ vault_addr: 'http://127.0.0.1:1' }),
    'settings',
    /passwords in clear/,
  ],
  [
    'one of two addresses without TLS',
    settings({ vault_addr: 'https://127.0.0.1:1,http://127.0.0.1:1' }),
    'settings',
    /passwords in clear/,
  ],
  [
    'a password in an address',
    settings({ vault_addr: PASSWORDS }),
    'settings',
    /must not contain a user or a password/,
  ],
  [
    'a password in what is no address',
    settings({ vault_addr: `ftp${PASSWORDS}` }),
    'settings',
    /must not contain a user or a password/,
  ],
  ['tls_skip_verify', settings({ tls_skip_verify: true }), 'settings', /tls_skip_verify/],
  ['no address', settings({ vault_addr: '' }), 'settings', /vault_addr is missing/],
  ["a deadline above sshd's", settings({ deadline: '51s' }), 'settings', /deadline must be/],
  ['an empty authority', settings({ ca_cert: '' }), 'settings', /ca_cert is empty/],
  [
    'an empty folder of authorities',
    settings({ ca_cert: undefined, ca_path: '' }),
    'settings',
    /ca_path is empty/,
  ],
  ['an empty pin', settings({ pin_sha256: '' }), 'settings', /pin_sha256 is empty/],
  ['an empty list of pins', settings({ pin_sha256: [] }), 'settings', /pin_sha256 is empty/],
  ['a relative log', settings({ log_file: 'log' }), 'settings', /log_file must be/],
  [
    'a mount that leaves its place',
    settings({ ssh_mount_point: '../sys' }),
    'settings',
    /ssh_mount_point/,
  ],
  [
    'a namespace of two lines',
    settings({ namespace: 'a\r\nX-Vault-Token: b' }),
    'settings',
    /namespace: only/,
  ],
  [
    'a pin that is none',
    settings({ pin_sha256: 'abc' }),
    'settings',
    /pin_sha256.*is not a SHA-256/,
  ],
  [
    'an authority that is not there',
    settings({ ca_cert: absent }),
    'settings',
    /absent.*does not exist/,
  ],
  ...[absent, bed.authority.caFile, looping].map(
    folder =>
      [
        `${folder} as folder of authorities`,
        settings({ ca_cert: undefined, ca_path: folder }),
        'settings',
        /does not exist|is not a directory|symbolic links/,
      ] as const,
  ),
  [
    'an authority without certificate',
    settings({ ca_cert: evil }),
    'settings',
    /evil\.cjs holds no PEM/,
  ],
  [
    'an authority whose certificate is damaged',
    settings({ ca_cert: damaged }),
    'settings',
    /damaged\.pem: certificate 2/,
  ],
  [
    'an authority whose certificate is cut',
    settings({ ca_cert: cut }),
    'settings',
    /cut\.pem: certificate 1/,
  ],
  ['a file that is no TOML', { file: 'vault_addr =' }, 'settings', /not TOML/],
]

/** What is denied on the host, for a reason that must not show outside: the engine is asked for its echo. */
const DECOYED: readonly Case[] = [
  ['nothing typed', input(''), 'input', /nothing was typed/],
  ['a Unix password', input('correct horse battery staple'), 'input', /not shaped like/],
  ['what sshd gives for a user who may not log in', input(filler), 'input', /sshd does not let/],
  ['the word of the health check', input('verify-echo-request'), 'input', /health check/],
  ['the answer of the health check', input('verify-echo-response'), 'input', /health check/],
  [
    'a password with a blank inside',
    input(`${OTP.slice(0, 9)} ${OTP.slice(9)}`),
    'input',
    /not shaped like/,
  ],
  ['a password after an end of line', input(`\n${OTP}`), 'input', /not shaped like/],
  ['a password with something behind a blank', input(`${OTP} x`), 'input', /not shaped like/],
  ['blanks', input('   '), 'input', /not shaped like/],
  ['a password with two ends of line', input(`${OTP}\n\n`), 'input', /not shaped like/],
  ['a password with CR', input(`${OTP}\r\n`), 'input', /not shaped like/],
  ['a password with two NULs', input(`${OTP}\0\0`), 'input', /not shaped like/],
  ['a password with NUL inside', input(OTP.replace('-', '\0')), 'input', /not shaped like/],
  ['a password and more after NUL', input(`${OTP}\0x`), 'input', /not shaped like/],
  ['a password twice', input(OTP + OTP), 'input', /not shaped like/],
  ['bytes that are no text', input(Buffer.of(0xff, 0xfe, 0x80)), 'input', /not shaped like/],
  ['10 000 bytes', input('x'.repeat(10_000)), 'input', /too long/],
  [
    'a closed stdin',
    { command: ['/bin/sh', '-c', 'exec "$0" "$@" <&-'] },
    'input',
    /nothing was typed/,
  ],
  [
    'stdin from nowhere',
    { command: ['/bin/sh', '-c', 'exec "$0" "$@" </dev/null'] },
    'input',
    /nothing was typed/,
  ],
  ['no roles', settings({ allowed_roles: '' }), 'denied', /allowed_roles is empty/],
  ['other users', settings({ allowed_users: ['bob'] }), 'denied', /not in allowed_users/],
  ['no users', settings({ allowed_users: [] }), 'denied', /not in allowed_users/],
  [
    'an address that many hosts have',
    env({ SSH_CONNECTION: '127.0.0.1 1 127.0.0.1 22' }),
    'denied',
    /address of many hosts/,
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

  for (const [what, , end, reason] of CASES)
    it(`${what}: ${end}`, () => {
      const { ended, connections } = all.get(what)!
      expectEnd(ended, end, reason)
      expect(ended.stderr)
        .to.match(/decision=denied/)
        .and.not.match(/hunter2/)
      expect(connections).to.equal(0)
    })

  for (const [what, { input: typed = OTP }, end, reason] of DECOYED)
    it(`${what}: ${end}, after an exchange that says nothing of it`, () => {
      const { ended, connections, received } = all.get(what)!
      expectEnd(ended, end, reason)
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
      expectEnd(
        await bed.run({ words: [`-config=${file}`] }),
        'settings',
        /can be changed by other users|is not a regular file/,
      )
      expect(engine.connections).to.equal(0)
    })
})
