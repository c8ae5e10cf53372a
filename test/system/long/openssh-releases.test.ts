import { writeFileSync } from 'node:fs'
import { expect } from 'chai'
import { cases } from '../../support/cases.ts'
import { denied } from '../../support/denied.ts'
import { Keygen, type MadeKey } from '../../support/keygen.ts'
import type { Host } from '../../support/lab.ts'
import type { Release } from '../../support/releases.ts'
import { Site } from '../../support/site.ts'

/** Releases of Debian, and the oldest OpenSSH that each may have. */
const RELEASES: readonly (readonly [Release, number])[] = [
  ['bullseye', 8.4],
  ['bookworm', 9.2],
  ['trixie', 10.0],
  ['sid', 10.0],
]

/** All that PAM passes to a program, and nothing else. */
const ENVIRONMENT = [
  'PAM_RHOST',
  'PAM_SERVICE',
  'PAM_TTY',
  'PAM_TYPE',
  'PAM_USER',
  'SSH_AUTH_INFO_0',
  'SSH_CONNECTION',
]

/** Has PAM run a program before the helper that keeps its environment. */
const KEEP_ENVIRONMENT = `
cat >/usr/local/sbin/keep-environment <<'SH'
#!/bin/sh
tr '\\0' '\\n' </proc/$$/environ >/root/environment
SH
chmod 755 /usr/local/sbin/keep-environment
sed -i '/^auth requisite pam_nologin/i auth optional pam_exec.so quiet /usr/local/sbin/keep-environment' /etc/pam.d/sshd
cp /setup/packaging/sshd/20-postern-ca.conf /etc/ssh/sshd_config.d/
cp /setup/trusted /etc/ssh/postern-trusted
install -m 644 /dev/null /etc/ssh/postern-revoked
`

describe('Logins on each release of OpenSSH', function () {
  this.timeout(300_000)

  const keygen = new Keygen()
  let site: Site
  let key: MadeKey

  before(async () => {
    site = await Site.start()
    key = keygen.key('-t', 'ed25519')
    await site.must('secrets', 'enable', 'ssh')
    await site.must('write', 'ssh/config/ca', 'key_type=ed25519')
    const users = ['default_user=alice', 'allowed_users=alice', 'ttl=10m']
    await site.must('write', 'ssh/roles/otp', 'key_type=otp', 'cidr_list=10.77.0.0/24', ...users)
    await site.must(
      'write',
      'ssh/roles/ca',
      'key_type=ca',
      'allow_user_certificates=true',
      ...users,
    )
    writeFileSync(
      `${site.folder}/trusted`,
      await site.must('read', '-field=public_key', 'ssh/config/ca'),
    )
  })
  after(async () => {
    keygen[Symbol.dispose]()
    await site[Symbol.asyncDispose]()
  })

  for (const [index, [release, oldest]] of cases(RELEASES.entries()))
    describe(`of Debian ${release}`, () => {
      let host: Host

      before(async () => {
        const number = 11 + index
        host = await site.host({ name: release, number, release, setup: KEEP_ENVIRONMENT })
      })

      it('has the OpenSSH that the documentation names', async () => {
        const [sshd, pam] = await Promise.all([
          versionOf(host, 'openssh-server'),
          versionOf(host, 'libpam-modules'),
        ])
        console.log(`        ${release}: OpenSSH ${sshd}, Linux-PAM ${pam}`)
        expect(Number.parseFloat(sshd)).to.be.at.least(oldest)
      })

      it('lets a one-time password in once', async () => {
        const otp = await site.issue('otp', 'alice', host.ip4)
        const login = () => site.login({ host, user: 'alice', otp })
        expect(await login()).to.deep.include({ code: 0, stdout: 'alice\n' })
        await denied(login, /OTP not found/, host)
      })

      it('passes the helper the environment that it relies on', async () => {
        const lines = (await host.read('/root/environment')).split('\n').filter(Boolean)
        expect(lines.map(line => line.split('=', 1)[0]).sort()).to.deep.equal(ENVIRONMENT)
        expect(lines).to.include('PAM_USER=alice').and.include('PAM_TYPE=auth')
        const connection = lines.find(line => line.startsWith('SSH_CONNECTION='))
        expect(connection?.split(' ').slice(2)).to.deep.equal([host.ip4, '22'])
      })

      it('lets a certificate in until it is revoked', async () => {
        const { file, serial } = await sign(release)
        const login = () => withCertificate(file, host)
        expect(await login()).to.deep.include({ code: 0, stdout: 'alice\n' })
        await site.must('write', 'ssh/revoke', `serial_number=${serial}`)
        const fetched = await host.run(['/usr/local/sbin/postern-helper', 'krl'])
        expect(fetched.code, fetched.stderr).to.equal(0)
        await denied(login, /revoked by file/, host)
      })
    })

  const versionOf = async (host: Host, name: string) =>
    (await host.run(['dpkg-query', '-W', `-f=\${source:Upstream-Version}`, name])).stdout

  async function sign(name: string) {
    const words = ['write', '-format=json', 'ssh/sign/ca', `public_key=@${key.file}.pub`]
    const { data } = JSON.parse(await site.must(...words))
    const file = `${key.file}-${name}-cert.pub`
    writeFileSync(file, data.signed_key)
    return { file, serial: data.serial_number as string }
  }

  const withCertificate = (file: string, host: Host) => {
    const options = [
      `CertificateFile=${file}`,
      'IdentitiesOnly=yes',
      `UserKnownHostsFile=${site.knownHosts}`,
      'PreferredAuthentications=publickey',
      'LogLevel=ERROR',
    ].flatMap(option => ['-o', option])
    return site.lab.run([
      ...['ssh', '-F', '/dev/null', '-i', key.file],
      ...options,
      `alice@${host.ip4}`,
      'id -un',
    ])
  }
})
