import { copyFileSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { denied } from '../../support/denied.ts'
import { Keygen, type MadeKey } from '../../support/keygen.ts'
import type { Host } from '../../support/lab.ts'
import { RELOAD_SSHD } from '../../support/reload-sshd.ts'
import { Site } from '../../support/site.ts'

const AUTHORITIES = [
  ['rsa', 'key_type=ssh-rsa', 'key_bits=2048'],
  ['p256', 'key_type=ecdsa-sha2-nistp256', 'key_bits=0'],
  ['p384', 'key_type=ecdsa-sha2-nistp384', 'key_bits=0'],
  ['p521', 'key_type=ecdsa-sha2-nistp521', 'key_bits=0'],
  ['ed25519', 'key_type=ssh-ed25519', 'key_bits=0'],
] as const

const KEYS = [
  ['-t', 'rsa', '-b', '2048'],
  ['-t', 'ecdsa', '-b', '256'],
  ['-t', 'ecdsa', '-b', '384'],
  ['-t', 'ecdsa', '-b', '521'],
  ['-t', 'ed25519'],
] as const

describe('A login with a certificate', function () {
  this.timeout(60_000)

  const keygen = new Keygen()
  let site: Site
  let web: Host
  let key: MadeKey

  before(async () => {
    site = await Site.start()
    web = await site.host({ name: 'web', number: 11 })
    key = keygen.key('-t', 'ed25519')
    await site.must('secrets', 'enable', 'ssh')
    for (const [name, ...more] of AUTHORITIES)
      await site.must('write', `ssh/issuers/import/${name}`, ...more)
    for (const [name] of AUTHORITIES)
      await role(name, { issuer_ref: name, default_user: 'alice', ttl: '5m' })
    await trust()
    await web.run(['cp', '/setup/packaging/sshd/20-postern-ca.conf', '/etc/ssh/sshd_config.d/'])
    await reload()
  })
  after(async () => {
    keygen[Symbol.dispose]()
    await site[Symbol.asyncDispose]()
  })

  const role = (name: string, more: Readonly<Record<string, string>>) =>
    site.must(
      'write',
      `ssh/roles/${name}`,
      'key_type=ca',
      'allow_user_certificates=true',
      'allow_host_certificates=true',
      'allowed_users=*',
      'allowed_domains=*',
      'allow_user_key_ids=true',
      ...Object.entries(more).map(([field, value]) => `${field}=${value}`),
    )

  /** What the README tells to do: fetches what the host trusts, and what it must not. */
  async function trust() {
    const ca = '/etc/postern/ca.pem'
    for (const [path, file] of [
      ['public_keys', 'postern-trusted'],
      ['krl', 'postern-revoked'],
    ]) {
      const url = `${site.engineUrl}/v1/ssh/${path}`
      const got = await web.run(['curl', '-sf', '--cacert', ca, '-o', `/etc/ssh/${file}`, url])
      expect(got.code, got.stderr).to.equal(0)
    }
  }

  const reload = async () => {
    const reloaded = await web.run(['sh', '-c', RELOAD_SSHD])
    expect(reloaded.code, reloaded.stderr).to.equal(0)
  }

  async function sign(by: string, own = key, ...more: readonly string[]) {
    const made = JSON.parse(
      await site.must(
        'write',
        '-format=json',
        `ssh/sign/${by}`,
        `public_key=@${own.file}.pub`,
        ...more,
      ),
    )
    const file = `${own.file}-${by}-cert.pub`
    writeFileSync(file, made.data.signed_key)
    return { file, serial: made.data.serial_number as string, text: made.data.signed_key as string }
  }

  const login = (
    certificate: { readonly file: string },
    { own = key, user = 'alice', command = 'id -un' } = {},
  ) =>
    site.lab.run([
      'ssh',
      ...['-F', '/dev/null', '-i', own.file],
      ...[
        `CertificateFile=${certificate.file}`,
        'IdentitiesOnly=yes',
        'StrictHostKeyChecking=yes',
        `UserKnownHostsFile=${site.knownHosts}`,
        'PreferredAuthentications=publickey',
        'LogLevel=ERROR',
      ].flatMap(option => ['-o', option]),
      `${user}@${web.ip4}`,
      command,
    ])

  for (const [name] of AUTHORITIES)
    it(`works with an authority of ${name}, for keys of every type`, async () => {
      for (const words of KEYS) {
        const own = keygen.key(...words)
        const ended = await login(await sign(name, own), { own })
        expect(ended, words.join(' ')).to.deep.include({ code: 0, stdout: 'alice\n' })
      }
    })

  it('is for its principals alone', async () => {
    const certificate = await sign('ed25519', key, 'valid_principals=bob')
    await denied(() => login(certificate), /name is not a listed principal/, web)
    expect(await login(certificate, { user: 'bob' })).to.deep.include({ code: 0, stdout: 'bob\n' })
  })

  it('runs the command that it is bound to', async () => {
    await role('bound', { default_user: 'alice', issuer_ref: 'ed25519' })
    await site.run([
      'sh',
      '-c',
      `printf '%s' '{"key_type":"ca","allow_user_certificates":true,"allowed_users":"*","default_user":"alice","issuer_ref":"ed25519","default_critical_options":{"force-command":"echo bound"}}' | ${join(import.meta.dirname, '../../../dist/postern')} write ssh/roles/bound -`,
    ])
    expect(await login(await sign('bound'))).to.deep.include({ code: 0, stdout: 'bound\n' })
  })

  it('runs the command that its role enforces, whatever was asked for', async () => {
    await site.run([
      'sh',
      '-c',
      `printf '%s' '{"key_type":"ca","allow_user_certificates":true,"allowed_users":"*","default_user":"alice","issuer_ref":"ed25519","enforced_critical_options":{"force-command":"echo bound"}}' | ${join(import.meta.dirname, '../../../dist/postern')} write ssh/roles/enforced -`,
    ])
    for (const asked of ['{"force-command":"id"}', '{"source-address":"10.77.0.0/24"}']) {
      const signed = await site.run([
        'sh',
        '-c',
        `printf '%s' '{"public_key":"${key.line}","critical_options":${asked}}' | ${join(import.meta.dirname, '../../../dist/postern')} write -field=signed_key ssh/sign/enforced -`,
      ])
      const file = `${key.file}-enforced-cert.pub`
      writeFileSync(file, signed.stdout)
      expect(await login({ file }), asked).to.deep.include({ code: 0, stdout: 'bound\n' })
    }
  })

  for (const [address, code] of [
    ['10.77.0.0/24', 0],
    ['192.0.2.0/24', 255],
    ['192.0.2.0/24, 10.77.0.9/24,', 0],
    ['10.77.0.0/255.255.255.0', 0],
  ] as const)
    it(`${code === 0 ? 'works' : 'is refused'} with the source address ${address}`, async () => {
      await site.run([
        'sh',
        '-c',
        `printf '%s' '{"key_type":"ca","allow_user_certificates":true,"allowed_users":"*","default_user":"alice","issuer_ref":"ed25519","default_critical_options":{"source-address":"${address}"}}' | ${join(import.meta.dirname, '../../../dist/postern')} write ssh/roles/near -`,
      ])
      const certificate = await sign('near')
      if (code === 0) expect((await login(certificate)).stdout).to.equal('alice\n')
      else await denied(() => login(certificate), /not from a permitted source address/, web)
    })

  it('is refused when it has expired', async () => {
    const certificate = await sign('ed25519', key, 'ttl=1s')
    await new Promise(resolve => setTimeout(resolve, 2100))
    await denied(() => login(certificate), /Certificate invalid: expired/, web)
  })

  it('is refused when a host certificate is shown in its place', async () => {
    const certificate = await sign('ed25519', key, 'cert_type=host', 'valid_principals=alice')
    // ssh itself offers no such certificate but from an agent
    const folder = mkdtempSync(join(keygen.folder, 'agent-'))
    copyFileSync(key.file, join(folder, 'key'))
    copyFileSync(certificate.file, join(folder, 'key-cert.pub'))
    const options = [
      `UserKnownHostsFile=${site.knownHosts}`,
      'PreferredAuthentications=publickey',
      'LogLevel=ERROR',
    ].map(option => `-o ${option}`)
    const command = `
      eval "$(ssh-agent -s)" >/dev/null
      trap 'kill $SSH_AGENT_PID' EXIT
      ssh-add -q ${folder}/key
      ssh -F /dev/null ${options.join(' ')} alice@${web.ip4} id -un`
    const fromAgent = () => site.lab.run(['bash', '-c', command])
    await denied(fromAgent, /Certificate invalid: not a user certificate/, web)
  })

  for (const by of ['serial_number', 'key_id', 'fingerprint', 'role', 'issuer_ref'] as const)
    it(`is refused once it is revoked by ${by}, and others are not`, async () => {
      const own = keygen.key('-t', 'ed25519')
      const other = await sign('rsa')
      await role('doomed', {
        issuer_ref: by === 'issuer_ref' ? 'p521' : 'ed25519',
        default_user: 'alice',
      })
      const certificate = await sign('doomed', own, `key_id=doomed-${by}`)
      expect((await login(certificate, { own })).code).to.equal(0)
      const shown = JSON.parse(
        await site.must('read', '-format=json', `ssh/certs/${certificate.serial}`),
      ).data
      const value = {
        serial_number: certificate.serial,
        key_id: `doomed-${by}`,
        fingerprint: shown.fingerprint,
        role: 'doomed',
        issuer_ref: 'p521',
      }[by]
      await site.must('write', 'ssh/revoke', `${by}=${value}`)
      await trust()
      await denied(() => login(certificate, { own }), /revoked by file/, web)
      expect((await login(other)).code).to.equal(0)
    })

  it('goes on across a rotation, and a session too', async () => {
    await site.must('write', 'ssh/config/issuers', 'default=rsa')
    await role('rotating', { default_user: 'alice', ttl: '5m' })
    const before = await sign('rotating')
    const session = login(before, { command: 'sleep 2; echo still here' })
    await site.must('write', 'ssh/issuers/import/next', 'key_type=ssh-ed25519')
    await trust()
    await site.must('write', 'ssh/config/issuers', 'default=next')
    const fresh = await sign('rotating')
    expect(fresh.text).not.to.equal(before.text)
    expect((await login(before)).code).to.equal(0)
    expect((await login(fresh)).code).to.equal(0)
    expect((await session).stdout).to.equal('still here\n')
    const report = JSON.parse(await site.must('read', '-format=json', 'ssh/issuer/rsa/dependents'))
    expect(report.data).to.include({ state: 'retiring', is_default: false })
    expect(report.data.live_certificates).to.be.above(0)
  })

  it('is made and used by postern ssh, which leaves no file', async () => {
    const words = [
      '-mode=ca',
      '-role=ed25519',
      `-public-key-path=${key.file}.pub`,
      `-user-known-hosts-file=${site.knownHosts}`,
      `alice@${web.ip4}`,
      'id -un',
    ]
    // a folder of its own, since other tests log in at the same time
    const TMPDIR = mkdtempSync(join(keygen.folder, 'tmp-'))
    const program = join(import.meta.dirname, '../../../dist/postern')
    const run = await site.run([program, 'ssh', ...words], { TMPDIR })
    expect(run, run.stderr).to.deep.include({ code: 0, stdout: 'alice\n' })
    expect(readdirSync(TMPDIR)).to.deep.equal([])
  })

  it('goes into an agent for as long as it is valid, and is used again', async () => {
    const command = `
      eval "$(ssh-agent -s)" >/dev/null
      trap 'kill $SSH_AGENT_PID' EXIT
      for each in 1 2; do
        ${join(import.meta.dirname, '../../../dist/postern')} ssh -mode=ca -role=ed25519 -public-key-path=${key.file}.pub \
          -user-known-hosts-file=${site.knownHosts} alice@${web.ip4} id -un </dev/null
      done
      ssh-add -L | grep -c cert-v01`
    const listed = async () => {
      const { stdout } = await site.cli('list', '-format=json', 'ssh/certs')
      return (JSON.parse(stdout) as string[]).length
    }
    const before = await listed()
    const run = await site.run(['bash', '-c', command])
    expect(run.stdout, run.stderr).to.equal('alice\nalice\n1\n')
    expect((await listed()) - before).to.equal(1)
  })

  it('trusts a host by its certificate, with a flag', async () => {
    await role('hosts', { issuer_ref: 'ed25519', default_user: 'root' })
    const hostKey = await web.read('/etc/ssh/ssh_host_ed25519_key.pub')
    const file = keygen.write('host.pub', hostKey)
    const certificate = await site.must(
      ...['write', '-field=signed_key', 'ssh/sign/hosts', `public_key=@${file}`],
      ...['cert_type=host', `valid_principals=${web.ip4},web`],
    )
    writeFileSync(join(site.folder, 'host-cert.pub'), `${certificate}\n`)
    await web.run(['cp', '/setup/host-cert.pub', '/etc/ssh/ssh_host_ed25519_key-cert.pub'])
    await web.run([
      'sh',
      '-c',
      'echo HostCertificate /etc/ssh/ssh_host_ed25519_key-cert.pub > /etc/ssh/sshd_config.d/30-host.conf',
    ])
    await reload()
    await site.must('write', 'ssh/config/issuers', 'default=ed25519')
    const ssh = (...more: readonly string[]) =>
      site.cli(
        'ssh',
        ...['-mode=ca', '-role=ed25519', `-public-key-path=${key.file}.pub`, ...more],
        ...[`alice@${web.ip4}`, 'id -un'],
      )
    const good = await ssh('-host-key-mount-point=ssh')
    expect(good, good.stderr).to.deep.include({ code: 0, stdout: 'alice\n' })
    await site.must('secrets', 'enable', '-path=others', 'ssh')
    await site.must('write', 'others/config/ca', 'key_type=ed25519')
    const bad = await ssh('-host-key-mount-point=others')
    expect(bad.code).to.equal(255)
    expect(bad.stderr).to.include('Host key verification failed')
  })

  it('is followed by lines for known_hosts that distrust the host when its issuer is revoked', async () => {
    const lines = async () => {
      const from = ['--cacert', '/etc/postern/ca.pem', `${site.engineUrl}/v1/ssh/known_hosts`]
      return (await web.run(['curl', '-sf', ...from])).stdout
    }
    const before = await lines()
    // nobody gets in; what counts is whether the host is trusted so far as to be asked
    const said = async (known: string) => {
      const options = [`UserKnownHostsFile=${keygen.write('known', known)}`, 'BatchMode=yes']
      const words = [...options, 'StrictHostKeyChecking=yes'].flatMap(each => ['-o', each])
      const command = ['ssh', '-F', '/dev/null', '-i', '/dev/null', ...words, `alice@${web.ip4}`]
      return (await site.run(command)).stderr
    }
    expect(await said(before)).to.include('Permission denied (')
    await site.must('write', 'ssh/revoke', 'issuer_ref=ed25519')
    const after = await lines()
    for (const known of [after, before + after, after + before])
      expect(await said(known)).to.match(/REVOKED|Host key verification failed/)
    expect(await said(before + after)).to.include('REVOKED')
  })
})
