import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { BY_SSHD, denied } from '../../support/denied.ts'
import { Keygen, type MadeKey } from '../../support/keygen.ts'
import type { Host } from '../../support/lab.ts'
import { RELOAD_SSHD } from '../../support/reload-sshd.ts'
import { Site } from '../../support/site.ts'

const POSTERN = join(import.meta.dirname, '../../../dist/postern')

/** A host that keeps what is typed at its prompt, and asks for it as the helper's PAM line does. */
const HOSTILE = `
printf '#!/bin/sh\\nprintf "%%s\\\\n" "$PAM_USER: $(cat)" >>/var/log/typed\\nexit 1\\n' >/usr/local/sbin/record
chmod 755 /usr/local/sbin/record
printf 'auth requisite pam_exec.so quiet expose_authtok /usr/local/sbin/record\\nauth required pam_env.so\\naccount required pam_permit.so\\nsession required pam_permit.so\\n' >/etc/pam.d/sshd
`

/** What that host logs when it has asked for the password of alice, and refused it. */
const ASKED = /PAM: .* for alice /

/** Users whose key the host takes: bob needs a password besides. */
const KEYS = `
printf 'Match User bob\\n  AuthenticationMethods publickey,keyboard-interactive\\n' >/etc/ssh/sshd_config.d/90-both.conf
for user in alice bob; do
  install -d -m 700 -o $user -g $user /home/$user/.ssh
  install -m 600 -o $user -g $user /setup/users.pub /home/$user/.ssh/authorized_keys
done
`

describe('postern ssh -mode=otp', function () {
  this.timeout(60_000)

  const keygen = new Keygen()
  let site: Site
  let web: Host
  let jump: Host
  let key: MadeKey
  let token: string

  before(async () => {
    site = await Site.start()
    key = keygen.key('-t', 'ed25519')
    writeFileSync(join(site.folder, 'users.pub'), `${key.line}\n`)
    web = await site.host({
      name: 'web',
      number: 11,
      setup: KEYS,
      helper: { allowed_roles: '["ops"]' },
    })
    jump = await site.host({ name: 'jump', number: 12, setup: HOSTILE })
    await site.must('secrets', 'enable', 'ssh')
    for (const role of ['ops', 'elsewhere'])
      await site.must(
        ...['write', `ssh/roles/${role}`, 'key_type=otp', 'default_user=alice'],
        ...['allowed_users=alice,bob', 'cidr_list=10.77.0.0/24,fd77::/64'],
      )
    const policy = ['ops', 'elsewhere'].map(
      role => `path "ssh/creds/${role}" { capabilities = ["update"] }\n`,
    )
    const file = keygen.write('policy.hcl', policy.join(''))
    await site.must('policy', 'write', 'otp-user', file)
    token = await site.must('token', 'create', '-policy=otp-user', '-field=token')
  })
  after(async () => {
    keygen[Symbol.dispose]()
    await site[Symbol.asyncDispose]()
  })

  const ssh = (...words: readonly string[]) =>
    site.run(
      [
        ...[POSTERN, 'ssh', '-mode=otp', '-role=ops'],
        ...[`-user-known-hosts-file=${site.knownHosts}`, ...words],
      ],
      { POSTERN_TOKEN: token },
    )

  const leases = async () => (await site.cli('list', 'sys/leases/lookup/ssh/creds/ops')).stdout

  /** Configuration of ssh in which both hosts are known by one name. */
  function configuration(): string {
    const hosts = [
      `Host jump\n  HostName ${jump.ip4}`,
      `Host target\n  HostName ${web.ip4}\n  ProxyJump jump`,
      `Host *\n  User alice\n  HostKeyAlias fleet\n  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null`,
      '  PreferredAuthentications keyboard-interactive\n',
    ]
    return keygen.write('config', hosts.join('\n'))
  }

  it('ends with 0 and without a word for a user with the least policy', async () => {
    const run = await ssh(`alice@${web.ip4}`, 'id -un')
    expect(run).to.deep.equal({ code: 0, stdout: 'alice\n', stderr: '' })
    expect(await leases()).to.equal('')
  })

  it('ends as the remote command ends', async () => {
    expect((await ssh(`alice@${web.ip4}`, 'exit 7')).code).to.equal(7)
  })

  it('gives the lease back where the host has used the password and keeps the user out', async () => {
    const login = () => ssh('-role=elsewhere', `alice@${web.ip4}`, 'id -un')
    const run = await denied(login, /OTP was issued for a role that is not allowed/, web)
    expect(run.stderr).not.to.include('failed to revoke')
    expect(run.stderr).to.match(
      /The engine refused the one-time password: OTP was issued for a role that is not allowed on this host\.\nThe host's request came from [\d.]+, correlation id "/,
    )
    expect((await site.cli('list', 'sys/leases/lookup/ssh/creds/elsewhere')).stdout).to.equal('')
  })

  it('gives a host on the way nothing, although it has the same user and name', async () => {
    const words = ['-strict-host-key-checking=no', 'target', '-F', configuration(), 'id -un']
    await denied(() => ssh(...words), ASKED, jump)
    expect(await web.read('/var/log/postern-helper.log')).not.to.include('fleet')
    const typed = await jump.read('/var/log/typed')
    expect(typed).not.to.match(/[0-9a-f]{8}-[0-9a-f]{4}/)
    expect(await leases()).to.equal('')
  })

  it('gives a host on the way nothing, reached by a command of the user', async () => {
    const way = `ProxyCommand=ssh -F ${configuration()} -W ${web.ip4}:22 alice@${jump.ip4}`
    await denied(() => ssh(`alice@${jump.ip4}`, '-o', way, 'id -un'), ASKED, jump)
    expect(await jump.read('/var/log/typed')).not.to.match(/[0-9a-f]{8}-[0-9a-f]{4}/)
  })

  it('gives the password to the host behind another that lets the user in', async () => {
    await jump.run(['sh', '-c', KEYS])
    const config = keygen.write(
      'through',
      `Host *\n  User alice\n  HostKeyAlias fleet\n  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n  IdentityFile ${key.file}\n`,
    )
    const run = await ssh(
      ...['-strict-host-key-checking=no', '-F', config, '-J', jump.ip4, web.ip4, 'id -un'],
    )
    expect(run.stdout, run.stderr).to.equal('alice\n')
    expect(await jump.read('/var/log/typed')).not.to.match(/[0-9a-f]{8}-[0-9a-f]{4}/)
  })

  it('uses a password of its own for a host on the way', async () => {
    const gate = await site.host({ name: 'gate', number: 13 })
    const inner = `${POSTERN} ssh -role=ops -mode=otp -user-known-hosts-file=${site.knownHosts} alice@${gate.ip4} -W %h:%p`
    const home = join(site.folder, 'home')
    mkdirSync(home)
    writeFileSync(join(home, '.vault-token'), token, { mode: 0o600 })
    const run = await site.run(
      [
        ...[POSTERN, 'ssh', '-mode=otp', '-role=ops', `-user-known-hosts-file=${site.knownHosts}`],
        ...[`alice@${web.ip4}`, '-o', `ProxyCommand=${inner}`, 'id -un'],
      ],
      { POSTERN_TOKEN: token, HOME: home },
    )
    expect(run.stdout, run.stderr).to.equal('alice\n')
    expect(await gate.read('/var/log/postern-helper.log')).to.include('decision=allowed')
    expect(await leases()).to.equal('')
  })

  it('works through a script that runs ssh and does not become it', async () => {
    const script = keygen.write('wrapper', '#!/bin/sh\nssh "$@"\nexit $?\n', 0o755)
    const run = await ssh(`-ssh-executable=${script}`, `alice@${web.ip4}`, 'id -un')
    expect(run.stdout, run.stderr).to.equal('alice\n')
  })

  for (const address of ['FD77::11', 'fd77:0:0:0::11', 'fd77::11'])
    it(`logs in to ${address}`, async () => {
      const run = await ssh(`alice@${address}`, 'id -un')
      expect(run.stdout, run.stderr).to.equal('alice\n')
    })

  for (const words of [
    ['-l', 'bob'],
    ['-o', 'User=bob'],
  ])
    it(`asks for a password of the user that ssh means by ${words.join(' ')}`, async () => {
      const run = await ssh('--', ...words, '-i', key.file, `alice@${web.ip4}`, 'id -un')
      expect(run.stdout, run.stderr).to.equal('bob\n')
    })

  it('uses a key and a password where the host wants both, if the user names the key', async () => {
    const run = await ssh(`bob@${web.ip4}`, '-i', key.file, 'id -un')
    expect(run.stdout, run.stderr).to.equal('bob\n')
    const without = await denied(() => ssh(`bob@${web.ip4}`, 'id -un'), BY_SSHD, web)
    expect(without.stderr).to.include(
      'It offers only: publickey.\nIf it requires a key as well, set',
    )
  })

  it('tells a host whose key is not known from one that asks for no passwords', async () => {
    const unknown = await ssh('-user-known-hosts-file=/dev/null', `alice@${web.ip4}`, 'id -un')
    expect(unknown.stderr).to.include('The key of the host\nis unknown')
    await web.run(['touch', '/etc/nologin'])
    const closed = await ssh(`alice@${web.ip4}`, 'id -un')
    expect(closed.stderr).to.include('the login without a prompt, as with /etc/nologin')
    await web.run(['rm', '/etc/nologin'])
    const drop = '/etc/ssh/sshd_config.d/05-none.conf'
    await web.run(['sh', '-c', `echo 'KbdInteractiveAuthentication no' >${drop}; ${RELOAD_SSHD}`])
    const without = await ssh(`alice@${web.ip4}`, 'id -un')
    expect(without.stderr).to.include('It offers only: publickey.')
    expect(without.stderr).to.include('see KbdInteractiveAuthentication and UsePAM')
  })
})
