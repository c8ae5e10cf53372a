import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { Installing, TARGET } from '../../support/installing.ts'
import { Keygen } from '../../support/keygen.ts'
import type { Host } from '../../support/lab.ts'
import { RELOAD_SSHD } from '../../support/reload-sshd.ts'
import { Site } from '../../support/site.ts'

const POSTERN = join(import.meta.dirname, '../../../dist/postern')

const POLICY = `path "ssh/lookup" { capabilities = ["update"] }
path "ssh/creds/*" { capabilities = ["update"] }
path "ssh/sign/ca" { capabilities = ["update"] }
`

describe('Sessions of postern ssh on a real host, with the least policy', function () {
  this.timeout(180_000)

  const keygen = new Keygen()
  let site: Site
  let web: Host
  let token: string

  before(async () => {
    site = await Site.start()
    const keys = new Installing(site, keygen)
    await keys.prepare()
    web = await site.host({ name: 'web', number: 11, setup: TARGET })
    await keys.role('installed')
    await site.must(
      ...['write', 'ssh/roles/otp', 'key_type=otp', 'default_user=alice'],
      'cidr_list=10.77.0.0/24',
    )
    await site.must('write', 'ssh/config/ca', 'key_type=ed25519')
    await site.must(
      ...['write', 'ssh/roles/ca', 'key_type=ca', 'allow_user_certificates=true'],
      ...['allowed_users=*', 'ttl=5m'],
    )
    writeFileSync(
      join(site.folder, 'users-ca'),
      await site.must('read', '-format=raw', 'ssh/public_key'),
    )
    await web.run([
      'sh',
      '-c',
      `echo 'TrustedUserCAKeys /setup/users-ca' >/etc/ssh/sshd_config.d/30-ca.conf; ${RELOAD_SSHD}`,
    ])
    await site.must('policy', 'write', 'user', keygen.write('user.hcl', POLICY))
    token = await site.must('token', 'create', '-policy=user', '-field=token')
  })
  after(async () => {
    keygen[Symbol.dispose]()
    await site[Symbol.asyncDispose]()
  })

  /** Runs a script in which `postern` is the program, with an empty home and no agent. */
  const bash = async (script: string, more = {}) => {
    const home = join(keygen.folder, `home-${homes++}`)
    const words = `mkdir -p ${home}/run; postern() { ${POSTERN} "$@"; }\n${script}\necho "left: $(ls -A ${home}/run)"`
    return await site.run(['bash', '-c', words], {
      POSTERN_TOKEN: token,
      POSTERN_SSH_USER_KNOWN_HOSTS_FILE: site.knownHosts,
      HOME: home,
      XDG_RUNTIME_DIR: `${home}/run`,
      TMPDIR: `${home}/run`,
      ...more,
    })
  }
  let homes = 0

  const WITH_AGENT = `eval "$(ssh-agent -a $HOME/agent -s)" >/dev/null; trap 'kill $SSH_AGENT_PID' EXIT`

  const login = (words: string) => `postern ssh ${words} alice@${web.ip4} id -un </dev/null`

  const leases = async () =>
    (await site.cli('list', '-format=json', 'sys/leases/lookup/ssh/creds/otp')).stdout

  it('makes a key where there is none, and no agent, and leaves nothing', async () => {
    const { stdout, stderr } = await bash(login('-role=ca'))
    expect(stdout, stderr).to.equal('alice\nleft: \n')
    expect(stderr).to.include('one is made for this session')
  })

  it('makes one without HOME', async () => {
    const { stdout, stderr } = await bash(`unset HOME; ${login('-role=ca')}`)
    expect(stdout, stderr).to.equal('alice\nleft: \n')
  })

  it('has the key in the agent while ssh runs, and for no longer', async () => {
    const { stdout, stderr } = await bash(
      `${WITH_AGENT}; ${login('-role=ca')}; ${login('-mode=dynamic -role=installed')}; ssh-add -l`,
    )
    expect(stdout, stderr).to.equal('alice\nalice\nThe agent has no identities.\nleft: \n')
  })

  it('does without an agent that takes no key', async () => {
    const { stdout, stderr } = await bash(
      `${WITH_AGENT}; printf '#!/bin/sh\\necho x\\n' >$HOME/word; chmod 755 $HOME/word; SSH_ASKPASS=$HOME/word SSH_ASKPASS_REQUIRE=force ssh-add -x 2>/dev/null </dev/null; ${login('-role=ca')}; ${login('-mode=dynamic -role=installed')}`,
    )
    expect(stdout, stderr).to.equal('alice\nalice\nleft: \n')
  })

  it('is not refused for the many keys of an agent', async () => {
    const add = `for n in 1 2 3 4 5 6 7 8 9; do ssh-keygen -qt ed25519 -N '' -f $HOME/k$n; ssh-add -q $HOME/k$n; done`
    const { stdout, stderr } = await bash(
      `${WITH_AGENT}; ${add}; ${login('-role=ca')}; ${login('-mode=dynamic -role=installed')}; ${login('-role=otp')}`,
    )
    expect(stdout, stderr).to.equal('alice\nalice\nalice\nleft: \n')
  })

  for (const [answer, code] of [
    ['true', 0],
    ['false', 255],
  ] as const)
    it(`asks before the key of a session is used, and ends with ${code} for ${answer}`, async () => {
      const agent = `export SSH_ASKPASS=/bin/${answer} SSH_ASKPASS_REQUIRE=force DISPLAY=x; ${WITH_AGENT}`
      const { stdout, stderr } = await bash(
        `${agent}; ${login('-confirm -mode=dynamic -role=installed')}; echo $?; ssh-add -l`,
      )
      const said = code === 0 ? 'alice\n0' : '255'
      expect(stdout, stderr).to.equal(`${said}\nThe agent has no identities.\nleft: \n`)
    })

  it('refuses to use a key without asking where there is no agent', async () => {
    const { stdout, stderr } = await bash(
      `${login('-confirm -mode=dynamic -role=installed')}; echo $?`,
    )
    expect(stdout, stderr).to.equal('1\nleft: \n')
    expect(stderr).to.include('leave out -confirm')
  })

  it('has a key signed that only a FIDO token behind the agent can use', async () => {
    const program = join(import.meta.dirname, '../../support/fido-agent.ts')
    const socket = join(keygen.folder, 'fido')
    const agent = site.lab.start([process.execPath, program, socket])
    await once(agent.stdout ?? agent, 'data')
    const { stdout, stderr } = await bash(`ssh-add -L | cut -d' ' -f1; ${login('-role=ca')}`, {
      SSH_AUTH_SOCK: socket,
    })
    agent.kill()
    expect(stdout, stderr).to.equal('sk-ssh-ed25519@openssh.com\nalice\nleft: \n')
  })

  it('copies by scp, sftp and rsync', async () => {
    const { stdout, stderr } = await bash(`cd $HOME; echo text > file; echo 'get file back' > batch
postern scp -role=otp -q file alice@${web.ip4}:file && echo scp
postern sftp -role=otp -q -b batch alice@${web.ip4} >/dev/null && cat back
postern rsync -role=otp -a file alice@${web.ip4}:other && echo rsync`)
    expect(stdout, stderr).to.equal('scp\ntext\nrsync\nleft: \n')
    expect(await web.read('/home/alice/other')).to.equal('text\n')
  })

  it('leaves Ctrl-C at its prompt to sftp', async () => {
    const talk = keygen.write(
      'talk',
      `set timeout 60\nspawn ${POSTERN} sftp -role=otp alice@${web.ip4}\nexpect "sftp> "\nsend "\\003"\nsleep 1\nsend "\\rpwd\\r"\nexpect "working directory: /home/alice" { puts STAYED }\nsend "bye\\r"\nexpect eof\n`,
    )
    const { stdout, stderr } = await bash(`expect ${talk}`)
    expect(stdout, stderr).to.match(/STAYED[\s\S]*left: \n$/)
  })

  it('passes Ctrl-C, the terminal and the exit code through a session at a terminal', async () => {
    const talk = keygen.write(
      'talk',
      `set timeout 60\nspawn ${POSTERN} ssh -role=otp alice@${web.ip4}\nexpect -re {[$#] }\nsend "tty; stty size; sleep 60\\r"\nexpect "/dev/pts/"\nsleep 1\nsend "\\003"\nexpect -re {[$#] }\nsend "exit 7\\r"\nexpect eof\nputs "CODE [lindex [wait] 3]"\n`,
    )
    const { stdout, stderr } = await bash(`expect ${talk}`)
    expect(stdout, stderr).to.match(/CODE 7\nleft: \n$/)
    expect(await leases()).to.match(/^\{\}\s*$|^\s*$/)
  })

  for (const [stage, waits] of [['while a password is waited for', 'expect "Valid for"']] as const)
    it(`leaves no lease after Ctrl-C ${stage}`, async () => {
      const talk = keygen.write(
        'talk',
        `set timeout 60\nspawn ${POSTERN} otp otp alice@${web.ip4}\n${waits}\nsend "\\003"\nexpect eof\nputs "CODE [lindex [wait] 3]"\n`,
      )
      const { stdout, stderr } = await bash(`expect ${talk}`)
      expect(stdout, stderr).to.include('The password is revoked.').and.to.include('CODE 130')
      expect(await leases()).to.match(/^\{\}\s*$|^\s*$/)
    })

  it('says at a terminal when a password was used, and from where', async () => {
    const talk = keygen.write(
      'talk',
      `set timeout 60\nspawn ${POSTERN} otp -qr -copy otp alice@${web.ip4}\nexpect -re {key +([0-9a-f-]+)}\nset key $expect_out(1,string)\nexpect "Valid for"\nset file [open ${keygen.folder}/key w]\nputs $file $key\nclose $file\nexpect -re {Used at [^\\n]*}\nexpect eof\nputs "CODE [lindex [wait] 3]"\n`,
    )
    const running = bash(`expect ${talk}`)
    let key = ''
    for (let tries = 0; key === '' && tries < 600; tries++) {
      await new Promise(resolve => setTimeout(resolve, 50))
      try {
        key = readFileSync(join(keygen.folder, 'key'), 'utf8').trim()
      } catch {
        // not shown yet
      }
    }
    await site.login({ host: web, user: 'alice', otp: key })
    const { stdout, stderr } = await running
    expect(stdout, stderr).to.match(/Used at \S+Z from 10\.77\.0\.11/)
    expect(stdout).to.include('CODE 0').and.to.include('▀').and.to.include('\u001b]52;c;')
  })

  it('says that an expired token has to log in again, and leaves nothing', async () => {
    const spent = await site.must('token', 'create', '-policy=user', '-field=token')
    await site.must('token', 'revoke', spent)
    const { stdout } = await bash(`${login('-role=ca')}; echo $?; ${login('')}; echo $?`, {
      POSTERN_TOKEN: spent,
    })
    expect(stdout).to.equal('2\n2\nleft: \n')
  })

  it('ends a password that nobody can ask about when the engine is lost', async () => {
    const talk = keygen.write(
      'talk',
      `set timeout 60\nspawn ${POSTERN} otp otp alice@${web.ip4}\nexpect "Valid for"\nexec touch ${keygen.folder}/waiting\nexpect "does not answer"\nsend "\\003"\nexpect eof\nputs "CODE [lindex [wait] 3]"\n`,
    )
    const running = bash(`expect ${talk}`)
    for (let tries = 0; tries < 600; tries++) {
      await new Promise(resolve => setTimeout(resolve, 50))
      const seen = await site.lab.run(['test', '-e', join(keygen.folder, 'waiting')])
      if (seen.code === 0) break
    }
    await site.crashEngine()
    const { stdout, stderr } = await running
    expect(stdout, stderr).to.include('could not be revoked').and.to.include('CODE 130')
  })
})
