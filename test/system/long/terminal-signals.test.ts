import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { cases } from '../../support/cases.ts'
import { Installing, TARGET } from '../../support/installing.ts'
import { Keygen } from '../../support/keygen.ts'
import type { Host } from '../../support/lab.ts'
import { Site } from '../../support/site.ts'

const POSTERN = join(import.meta.dirname, '../../../dist/postern')

const POLICY = `path "ssh/lookup" { capabilities = ["update"] }
path "ssh/creds/*" { capabilities = ["update"] }
path "ssh/sign/ca" { capabilities = ["update"] }
`

/** What a user does at a terminal, and what is waited for before a signal comes. */
interface Stage {
  readonly what: string
  readonly words: string
  readonly waits: string
  /** The exit code that a program has for every signal; 128 and the number of the signal if undefined. */
  readonly code?: RegExp
}

const UNKNOWN_HOST = '-strict-host-key-checking=ask -user-known-hosts-file=$HOME/none'
const LOGIN = 'alice@10.77.0.11'

const STAGES: readonly Stage[] = [
  { what: 'the question for a role', words: `ssh -choose ${LOGIN}`, waits: 'number or name: ' },
  ...['otp', 'ca', 'installed'].map(role => ({
    what: `the question for a host key, with the role ${role}`,
    words: `ssh -role=${role} ${UNKNOWN_HOST} ${LOGIN}`,
    waits: 'yes/no[^?]*. ',
  })),
  {
    what: 'the question for a passphrase',
    words: `ssh -role=ca -public-key-path=$HOME/key.pub ${LOGIN}`,
    waits: 'passphrase for key[^:]*: ',
  },
  {
    what: 'a copy by scp',
    words: `scp -role=installed -l 20000 $HOME/big ${LOGIN}:big`,
    waits: 'big +[0-9]+%',
    code: /^1$/,
  },
  {
    what: 'a copy by rsync',
    words: `rsync -role=otp -W --progress --bwlimit=2000 $HOME/big ${LOGIN}:other`,
    waits: '[0-9]+%',
    code: /^(?:20|255)$/,
  },
  { what: 'a password that is waited for', words: `otp otp ${LOGIN}`, waits: 'Valid for' },
  {
    what: 'a password that was replaced',
    words: `otp -keep short ${LOGIN}`,
    waits: 'Valid for.*Key .*Valid for',
  },
]

const SIGNALS = { INT: 2, HUP: 1, TERM: 15 } as const

describe('A signal at a terminal', function () {
  this.timeout(90_000)

  const keygen = new Keygen()
  let site: Site
  let web: Host
  let token: string
  let homes = 0

  before(async () => {
    site = await Site.start()
    const keys = new Installing(site, keygen)
    await keys.prepare()
    await site.must('write', 'ssh/config/ca', 'key_type=ed25519')
    writeFileSync(
      join(site.folder, 'users-ca'),
      await site.must('read', '-format=raw', 'ssh/public_key'),
    )
    const trust = `echo 'TrustedUserCAKeys /setup/users-ca' >/etc/ssh/sshd_config.d/30-ca.conf\n`
    web = await site.host({ name: 'web', number: 11, setup: TARGET + trust })
    await keys.role('installed')
    const common = ['key_type=otp', 'default_user=alice', 'cidr_list=10.77.0.0/24']
    await site.must('write', 'ssh/roles/otp', ...common)
    await site.must('write', 'ssh/roles/short', 'ttl=3s', ...common)
    const extensions = { 'permit-pty': '' }
    const role = { key_type: 'ca', allow_user_certificates: true, allowed_users: '*', ttl: '5m' }
    const text = JSON.stringify({ ...role, default_extensions: extensions })
    await site.must('write', 'ssh/roles/ca', `@${keygen.write('ca.json', text)}`)
    await site.must('policy', 'write', 'user', keygen.write('user.hcl', POLICY))
    token = await site.must('token', 'create', '-policy=user', '-field=token')
  })
  after(async () => {
    keygen[Symbol.dispose]()
    await site[Symbol.asyncDispose]()
  })

  /** Runs a conversation with an interactive shell, which has an agent, and tells what is left afterwards. */
  async function talk(lines: string): Promise<string> {
    const home = join(keygen.folder, `home-${homes++}`)
    const file = keygen.write(
      'talk',
      `set timeout 40
match_max 100000
proc fails {what} { puts "NEVER $what"; exit 1 }
spawn bash --norc --noprofile -i
expect "# "
send "PS1='P'RO'MPT '; bind 'set enable-bracketed-paste off'\\r"
expect "PROMPT "
send "stty -a >before\\r"
expect "PROMPT "
${lines}
send "echo CODE \\$?; stty -a >after; cmp before after && echo SA'ME'\\r"
expect "SAME" {} timeout { fails modes }
exit 0
`,
    )
    const script = `mkdir -p ${home}/run; cd ${home}; head -c 20000000 /dev/urandom >big
ssh-keygen -qt ed25519 -N secret -f key; eval "$(ssh-agent -a agent -s)" >/dev/null; trap 'kill $SSH_AGENT_PID' EXIT
expect ${file}; sleep 1; ssh-add -l; echo "left: $(ls -A run)"
ps -eo args | grep -c '[d]ist/postern \\(ssh\\|scp\\|rsync\\|otp\\)'`
    const { stdout, stderr } = await site.run(['bash', '-c', script], {
      POSTERN_TOKEN: token,
      POSTERN_SSH_USER_KNOWN_HOSTS_FILE: site.knownHosts,
      ...{ HOME: home, XDG_RUNTIME_DIR: `${home}/run`, TMPDIR: `${home}/run`, TERM: 'dumb' },
    })
    return stdout + stderr
  }

  async function leftLeases(): Promise<string> {
    const lists = await Promise.all(
      ['otp', 'short', 'installed'].map(role =>
        site.cli('list', `sys/leases/lookup/ssh/creds/${role}`),
      ),
    )
    return lists.map(({ stdout }) => stdout).join('')
  }

  for (const { what, words, waits, code } of cases(STAGES))
    for (const [signal, number] of Object.entries(SIGNALS))
      it(`leaves nothing behind at ${what}: SIG${signal}`, async () => {
        const sent =
          signal === 'INT'
            ? 'send "\\003"'
            : `exec pkill -${signal} -o -f {dist/postern (ssh|scp|rsync|otp) }`
        const said = await talk(`send "${POSTERN} ${words.replaceAll('$', '\\$')}\\r"
expect -re {${waits}} {} timeout { fails ${what.split(' ').at(-1)} }
sleep 0.5
${sent}
expect "PROMPT " {} timeout { fails prompt }`)
        const expected = code ?? new RegExp(`^${128 + number}$`)
        expect(/CODE (\d+)/.exec(said)?.[1], said).to.match(expected)
        expect(said).to.match(/SAME/)
        expect(said).to.match(/The agent has no identities\.\nleft: \n0\n$/)
        expect(await leftLeases()).to.equal('')
      })

  for (const role of ['otp', 'ca', 'installed'])
    it(`is for the remote command, with the role ${role}`, async () => {
      const said = await talk(`send "${POSTERN} ssh -role=${role} ${LOGIN}\\r"
expect -re {[$#] $}
send "tty; sleep 60\\r"
expect "/dev/pts/"
sleep 1
send "\\003"
expect -re {[$#] $}
send "exit 7\\r"
expect "PROMPT " {} timeout { fails prompt }`)
      expect(said)
        .to.match(/CODE 7\s/)
        .and.to.match(/SAME/)
      expect(said).to.match(/The agent has no identities\.\nleft: \n0\n$/)
      expect(await leftLeases()).to.equal('')
    })

  it('finds the host as it was', async () => {
    expect((await web.run(['pgrep', '-c', '-u', 'alice', 'sshd'])).stdout.trim()).to.equal('0')
  })
})
