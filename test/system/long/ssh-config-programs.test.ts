import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Host } from '../../support/lab.ts'
import { Site } from '../../support/site.ts'
import { SshClientHost } from '../../support/ssh-client-host.ts'

const POLICY = 'path "ssh/creds/ops" { capabilities = ["update"] }'

describe('Programs that run ssh, after postern ssh-config with one-time passwords', function () {
  this.timeout(120_000)

  let site: Site
  let web: Host
  let client: SshClientHost

  before(async () => {
    site = await Site.start({ lasting: true })
    await site.must('secrets', 'enable', 'ssh')
    await site.must(
      ...['write', 'ssh/roles/ops', 'key_type=otp', 'cidr_list=10.77.0.0/24', 'ttl=10m'],
      ...['default_user=alice', 'allowed_users=alice'],
    )
    web = await site.host({ name: 'web', number: 11 })
    client = await SshClientHost.start(site, { name: 'client', number: 12 })
    await client.prepare(POLICY)
    const words = ['ssh-config', '-host=10.77.0.*', '-role=ops', '-user=alice', '-mode=otp']
    const ended = await client.postern(words)
    expect(ended.code, ended.stderr).to.equal(0)
    await client.write('file', 'copied\n')
  })
  after(() => site[Symbol.asyncDispose]())
  beforeEach(() => close())

  /** Closes all connections. */
  const close = () =>
    client.sh('for s in .ssh/postern/m-????????; do ssh -F none -S $s -O exit x; done; true')

  /** Runs a script that must succeed, and say nothing on stderr. */
  async function must(script: string): Promise<string> {
    const { code, stdout, stderr } = await client.sh(script)
    expect([code, stderr]).to.deep.equal([0, ''])
    return stdout
  }

  it('copy with scp, also by its old protocol', async () => {
    await must(`scp -q file ${web.ip4}:a && scp -q -O file ${web.ip4}:b`)
    expect(await web.read('/home/alice/a')).to.equal('copied\n')
    expect(await web.read('/home/alice/b')).to.equal('copied\n')
  })

  it('copy with sftp', async () => {
    await must(
      `printf 'put file c\nget c back\n' | sftp -q -b - ${web.ip4} >/dev/null; cmp file back`,
    )
  })

  it('copy with rsync', async () => {
    await must(`mkdir -p tree; cp file tree; rsync -a tree/ ${web.ip4}:tree/`)
    expect(await web.read('/home/alice/tree/file')).to.equal('copied\n')
  })

  it('clone and push with git', async () => {
    await web.run(['sh', '-c', 'git init -q --bare /home/alice/p.git; chown -R alice /home/alice'])
    await must(
      `git clone -q ssh://${web.ip4}/home/alice/p.git p 2>/dev/null; cd p && git config user.email a@b && git config user.name a && git commit -q --allow-empty -m one && git push -q origin HEAD`,
    )
    expect((await web.run(['ls', '/home/alice/p.git/refs/heads'])).stdout).not.to.equal('')
  })

  it('run a play of Ansible, which shares connections itself', async () => {
    const before = await accepted()
    const vars = 'ansible_python_interpreter=/usr/bin/python3'
    await client.write('inventory', `${web.ip4} ${vars}\n`)
    for (const module of ['ping', 'command -a "id -un"']) {
      const { code, stdout, stderr } = await client.sh(
        `LC_ALL=C.UTF-8 ansible -i inventory all -m ${module}`,
      )
      expect(code, stdout + stderr).to.equal(0)
      expect(stdout).to.match(/pong|alice/)
    }
    expect((await accepted()) - before).to.equal(1)
  })

  it('log in without HOME', async () => {
    const ended = await client.run(['env', '-u', 'HOME', 'ssh', web.ip4, 'id -un'])
    expect(ended).to.deep.equal({ code: 0, stdout: 'alice\n', stderr: '' })
  })

  it('show the configuration without a login', async () => {
    const before = await accepted()
    expect(await must(`ssh -G ${web.ip4} true`)).to.match(/^user alice$/m)
    expect(await accepted()).to.equal(before)
  })

  it('log in with an agent that is full of other keys', async () => {
    const keys =
      'for n in 1 2 3 4 5 6 7 8; do ssh-keygen -q -t ed25519 -N "" -f k$n; ssh-add -q k$n; done'
    expect(await must(`exec ssh-agent sh -c '${keys}; ssh ${web.ip4} id -un'`)).to.equal('alice\n')
  })

  it('say that the token is of no use, and go on', async () => {
    await client.sh('mv .vault-token kept; echo hvs.expired >.vault-token')
    const ended = await client.run(['ssh', '-o', 'BatchMode=yes', web.ip4, 'id'])
    await client.sh('mv kept .vault-token')
    expect(ended.code).to.equal(255)
    expect(ended.stderr).to.contain('Your token has expired').and.to.contain('Permission denied')
    expect(ended.stderr).to.contain(`postern: ssh goes on without a credential for ${web.ip4}`)
  })

  /** Has the engine asked about open connections again, as after a minute. */
  const later = `sed -i 's/"asked":[0-9]*/"asked":1/' .ssh/postern/c-*.json`

  it('log in once by postern ssh, which has a credential', async () => {
    const before = await accepted()
    const ended = await client.postern(['ssh', '-role=ops', '-mode=otp', `${web.ip4}`, 'id -un'])
    expect(ended).to.deep.equal({ code: 0, stdout: 'alice\n', stderr: '' })
    expect((await accepted()) - before).to.equal(1)
    expect((await client.sh('ls .ssh/postern/m-????????')).stdout).to.equal('')
  })

  it('open no session more in a connection, a minute after the token was revoked', async () => {
    const words = ['token', 'create', '-policy=client', '-field=token']
    const token = await site.must(...words)
    await client.sh(`cp .vault-token kept; echo ${token} >.vault-token`)
    const going = client.sh(`ssh ${web.ip4} 'sleep 8; echo went on'`)
    await client.sh(`while ! ls .ssh/postern/m-????????; do sleep 0.2; done; sleep 2`)
    await site.must('token', 'revoke', token)
    expect(await must(`ssh ${web.ip4} id -un; ${later}`)).to.equal('alice\n')
    const ended = await client.run(['ssh', '-o', 'BatchMode=yes', web.ip4, 'id'])
    expect(ended.code).to.equal(255)
    expect(ended.stderr).to.contain('Your token has expired').and.to.contain('Permission denied')
    expect((await client.sh('ls .ssh/postern/m-????????')).stdout).to.equal('')
    expect((await going).stdout).to.equal('went on\n')
    expect((await client.sh('sleep 1; pgrep -u ann -lx ssh')).stdout).to.equal('')
    await client.sh('mv kept .vault-token')
  })

  it('open no session more in a connection, a minute after the policy was taken away', async () => {
    await must(`ssh ${web.ip4} true; ${later}`)
    await site.must(
      'policy',
      'write',
      'client',
      policyFile('path "ssh/creds/ops" { capabilities = ["deny"] }'),
    )
    const ended = await client.run(['ssh', '-o', 'BatchMode=yes', web.ip4, 'id'])
    await site.must('policy', 'write', 'client', policyFile(POLICY))
    expect(ended.code).to.equal(255)
    expect((await client.sh('ls .ssh/postern/m-????????')).stdout).to.equal('')
  })

  it('leave no password usable where the host refuses', async () => {
    await web.run(['mv', '/etc/postern/helper.toml', '/etc/postern/away'])
    const ended = await client.run(['ssh', '-o', 'BatchMode=yes', web.ip4, 'id'])
    await web.run(['mv', '/etc/postern/away', '/etc/postern/helper.toml'])
    expect(ended.code).to.equal(255)
    expect(ended.stderr).to.contain('The host never redeemed the one-time password')
    expect((await site.cli('list', 'sys/leases/lookup/ssh/creds/ops')).code).to.equal(2)
  })

  it('leave no password and no process behind Ctrl-C', async () => {
    const listener = (await web.run(['pgrep', '-o', '-x', 'sshd'])).stdout.trim()
    await web.run(['kill', '-STOP', listener])
    // a signal to all processes of the terminal, while the host does not answer
    await client.sh(`timeout -s INT 4 ssh ${web.ip4} id`)
    await web.run(['kill', '-CONT', listener])
    expect((await client.sh('sleep 2; pgrep -u ann -lx "ssh|postern"')).stdout).to.equal('')
    expect((await site.cli('list', 'sys/leases/lookup/ssh/creds/ops')).code).to.equal(2)
    expect(await must(`ssh ${web.ip4} id -un`)).to.equal('alice\n')
  })

  for (const signal of ['TERM', 'HUP', 'KILL'])
    it(`leave nothing behind, and say nothing, when ssh gets SIG${signal} at the question for a host key`, async () => {
      const talk = `set timeout 30
spawn sh -c {ssh ${web.ip4}; echo "CODE $?"; sleep 3; echo; pgrep -u ann -lx "ssh|postern"; echo END}
expect "(yes/no"
exec pkill -${signal} -x -f {ssh ${web.ip4}}
expect "END"
`
      await client.sh('mv .ssh/known_hosts hosts')
      await client.write('talk', talk)
      const { stdout } = await client.sh('expect talk')
      await client.sh('mv hosts .ssh/known_hosts')
      expect(stdout).to.match(/CODE \d+\s+END/)
      expect((await site.cli('list', 'sys/leases/lookup/ssh/creds/ops')).code).to.equal(2)
    })

  describe('while the engine is away', () => {
    it('use a connection that is open, and no other', async () => {
      await must(`ssh ${web.ip4} true`)
      await site.crashEngine()
      try {
        expect(await must(`ssh ${web.ip4} id -un; ${later}; ssh ${web.ip4} id -un`)).to.equal(
          'alice\nalice\n',
        )
        await close()
        const ended = await client.run(['ssh', '-o', 'BatchMode=yes', web.ip4, 'id'])
        expect(ended.stderr).to.contain('no answer from').and.to.contain('Permission denied')
      } finally {
        await site.startEngine()
      }
    })

    it('wait for it for three seconds', async () => {
      await site.freezeEngine()
      try {
        const begun = performance.now()
        const check = ['postern', 'ssh', '-check', '-directory=/home/ann/.ssh/postern']
        const words = [`-address=${site.engineUrl}`, '-ca-cert=/etc/postern-ca.pem', '-role=ops']
        const ended = await client.run([
          ...check,
          ...words,
          '-mode=otp',
          '--',
          web.ip4,
          'ann',
          '22',
        ])
        expect(ended.code, ended.stderr).to.equal(2)
        const seconds = (performance.now() - begun) / 1000
        console.log(`        ${seconds.toFixed(1)} s`)
        expect(seconds).to.be.within(2.9, 8)
      } finally {
        await site.thawEngine()
      }
    })
  })

  function policyFile(text: string): string {
    const file = join(site.folder, 'changed.hcl')
    writeFileSync(file, text)
    return file
  }

  const accepted = async () =>
    (await web.read('/var/log/auth.log')).match(/Accepted keyboard-interactive/g)?.length ?? 0
})
