import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { expect } from 'chai'
import { fingerprintOf, parsePublicKey } from '../../../engine/openssh/public-key.ts'
import { denied } from '../../support/denied.ts'
import { Keygen } from '../../support/keygen.ts'
import type { Host } from '../../support/lab.ts'
import { RELOAD_SSHD } from '../../support/reload-sshd.ts'
import { ENGINE_IP, Site } from '../../support/site.ts'

const HELPER = '/usr/local/sbin/postern-helper'
const RELOAD = '-reload=pkill -HUP -o -x sshd'

describe('A host with certificates', function () {
  this.timeout(60_000)

  const keygen = new Keygen()
  let site: Site
  let web: Host

  before(async () => {
    site = await Site.start()
    web = await site.host({ name: 'web', number: 11 })
    await site.must('secrets', 'enable', 'ssh')
    await site.must('write', 'ssh/config/ca', 'key_type=ed25519')
    await site.must(
      ...['write', 'ssh/roles/hosts', 'key_type=ca', 'allow_host_certificates=true'],
      ...['allowed_domains=*', 'ttl=1h'],
    )
    await site.must(
      ...['write', 'ssh/roles/users', 'key_type=ca', 'allow_user_certificates=true'],
      ...['allowed_users=*', 'default_user=alice'],
    )
    const token = await site.must('token', 'create', '-field=token', '-ttl=1h')
    await web.run(['sh', '-c', 'umask 077; cat > /etc/postern/token'], { input: token })
  })
  after(async () => {
    keygen[Symbol.dispose]()
    await site[Symbol.asyncDispose]()
  })

  const helper = (...words: readonly string[]) => web.run([HELPER, ...words])

  const hostCert = (...more: readonly string[]) =>
    helper('host-cert', '-role=hosts', '-token-file=/etc/postern/token', RELOAD, ...more)

  it('fetches what it trusts, and says so only when that changes', async () => {
    expect(await helper('trust')).to.deep.equal({
      code: 0,
      stdout: '/etc/ssh/postern-trusted now has 1 key\n',
      stderr: '',
    })
    expect((await helper('trust')).stdout).to.equal('/etc/ssh/postern-trusted has not changed\n')
    const line = await site.must('read', '-format=raw', 'ssh/public_key')
    expect(await web.read('/etc/ssh/postern-trusted')).to.include(line.split(' ')[1])
  })

  it('fetches what is revoked, and only what is new', async () => {
    expect((await helper('krl')).stdout).to.equal('/etc/ssh/postern-revoked is now version 0\n')
    expect((await helper('krl')).stdout).to.equal('/etc/ssh/postern-revoked is the newest list\n')
    await site.must('write', 'ssh/revoke', 'key_id=somebody')
    expect((await helper('krl')).stdout).to.equal('/etc/ssh/postern-revoked is now version 1\n')
  })

  it('refuses who is revoked within a second of its next look', async () => {
    const key = keygen.key('-t', 'ed25519')
    await web.run(['cp', '/setup/packaging/sshd/20-postern-ca.conf', '/etc/ssh/sshd_config.d/'])
    await web.run(['sh', '-c', RELOAD_SSHD])
    const line = await site.must(
      ...['write', '-field=signed_key', 'ssh/sign/users', `public_key=@${key.file}.pub`],
    )
    writeFileSync(`${key.file}-cert.pub`, `${line}\n`)
    const login = () =>
      site.lab.run([
        ...['ssh', '-F', '/dev/null', '-i', key.file],
        ...[
          'IdentitiesOnly=yes',
          `UserKnownHostsFile=${site.knownHosts}`,
          'LogLevel=ERROR',
        ].flatMap(option => ['-o', option]),
        ...['-o', 'PreferredAuthentications=publickey', `alice@${web.ip4}`, 'id -un'],
      ])
    expect((await login()).stdout).to.equal('alice\n')
    const fingerprint = fingerprintOf(parsePublicKey(key.line))
    await site.must('write', 'ssh/revoke', `fingerprint=${fingerprint}`)
    await helper('krl')
    await denied(login, /revoked by file/, web)
  })

  for (const [what, content] of [
    ['no list', 'SSHKRL'],
    [
      'half a list',
      Buffer.from('5353484b524c0a00000000010000000000000009', 'hex').toString('latin1'),
    ],
  ] as const)
    it(`keeps the list that it has when ${what} comes`, async () => {
      const before = await web.run(['sha256sum', '/etc/ssh/postern-revoked'])
      const server = site.lab.start([
        process.execPath,
        '-e',
        `const body = Buffer.from('${Buffer.from(content, 'latin1').toString('hex')}', 'hex')
         const server = require('node:http').createServer((_, to) => to.end(body, () => setTimeout(process.exit, 20)))
         // the server of the test before may still have the port
         server.on('error', () => setTimeout(() => server.listen(8300), 20)).on('listening', () => console.log('ready')).listen(8300)`,
      ])
      await once(server.stdout ?? server, 'data')
      await web.run(['sh', '-c', 'umask 022; cat > /etc/postern/evil.toml'], {
        input: `vault_addr = "http://${ENGINE_IP}:8300"\nallowed_roles = "*"\n`,
      })
      const run = await helper('krl', '-dev', '-config=/etc/postern/evil.toml')
      expect(run.code).to.be.oneOf([76, 78])
      expect(run.stderr).to.include('is not a list of revoked keys')
      const after = await web.run(['sha256sum', '/etc/ssh/postern-revoked'])
      expect(after.stdout).to.equal(before.stdout)
    })

  it('has its key signed, once, and shows the certificate to its users', async () => {
    const made = await hostCert(`-principals=${web.ip4}`)
    expect(made.stderr).to.equal('')
    expect(made.stdout).to.match(/^\/etc\/ssh\/ssh_host_ed25519_key-cert\.pub is new, valid until /)
    expect((await hostCert()).stdout).to.match(/ is valid, and will be renewed after /)
    await web.run(['cp', '/setup/packaging/sshd/30-postern-host.conf', '/etc/ssh/sshd_config.d/'])
    await web.run(['sh', '-c', RELOAD_SSHD])
    const key = keygen.key('-t', 'ed25519')
    const login = await site.cli(
      ...['ssh', '-mode=ca', '-role=users', `-public-key-path=${key.file}.pub`],
      ...['-host-key-mount-point=ssh', `alice@${web.ip4}`, 'id -un'],
    )
    expect(login.stdout, login.stderr).to.equal('alice\n')
  })

  it('has sshd read it at the next run, where it could not be told', async () => {
    const words = ['host-cert', '-role=hosts', '-token-file=/etc/postern/token']
    const file = '/etc/ssh/ssh_host_ed25519_key-cert.pub'
    await web.run(['rm', file])
    const failed = await helper(...words, '-reload=exit 3')
    expect(failed.stderr).to.include('sshd could not be reloaded')
    const next = await helper(...words, '-reload=touch /run/reloaded')
    expect(next.stdout, next.stderr).to.match(/ is valid, .*; sshd has read it now\n$/)
    expect((await web.run(['ls', '/run/reloaded'])).code).to.equal(0)
    expect((await helper(...words, '-reload=exit 3')).code).to.equal(0)
    expect((await web.run(['sh', '-c', `ls ${file}.*`])).stdout).to.equal('')
  })

  it('has it signed again when a third of its life is left', async () => {
    await site.must(
      ...['write', 'ssh/roles/hosts', 'key_type=ca', 'allow_host_certificates=true'],
      ...['allowed_domains=*', 'ttl=2s', 'not_before_duration=1s'],
    )
    await web.run(['rm', '/etc/ssh/ssh_host_ed25519_key-cert.pub'])
    expect((await hostCert()).stdout).to.include('is new')
    await new Promise(resolve => setTimeout(resolve, 2000))
    expect((await hostCert()).stdout).to.include('is new')
  })

  it('keeps the certificate that it has when sshd would not start with the new one', async () => {
    const file = '/etc/ssh/ssh_host_ed25519_key-cert.pub'
    const before = await web.read(file)
    await web.run(['sh', '-c', 'echo nonsense > /etc/ssh/sshd_config.d/99-broken.conf'])
    await new Promise(resolve => setTimeout(resolve, 2000))
    const run = await hostCert()
    expect(run.code).to.equal(78)
    expect(run.stderr).to.include('sshd does not accept the certificate')
    expect(await web.read(file)).to.equal(before)
    await web.run(['rm', '/etc/ssh/sshd_config.d/99-broken.conf'])
  })

  for (const [words, code, message] of [
    [['krll'], 64, 'unknown command "krll": did you mean krl?'],
    [['krl', '-nope=1'], 64, 'postern-helper krl: unknown flag -nope; it has -config, -out, -dev'],
    [['host-cert'], 64, 'postern-helper host-cert needs -role'],
    [
      ['host-cert', '-role=hosts', '-key=/none'],
      64,
      'name -token-file, or -role-id-file and -secret-id-file',
    ],
    [
      ['host-cert', '-role=hosts', '-key=/none.pub', '-token-file=/etc/postern/token'],
      78,
      'the key of this host: /none.pub is not there',
    ],
  ] as const)
    it(`says what is wrong with ${words.join(' ')}`, async () => {
      const run = await helper(...words)
      expect([run.code, run.stderr]).to.deep.equal([code, `postern-helper: ${message}\n`])
    })

  it('allows no login by a command', async () => {
    const env = { PAM_TYPE: 'auth', PAM_USER: 'alice' }
    const run = await web.run(
      ['env', ...Object.entries(env).map(([name, value]) => `${name}=${value}`), HELPER, 'krl'],
      { input: '00000000-0000-0000-0000-000000000000' },
    )
    expect(run.code).to.equal(64)
  })
})
