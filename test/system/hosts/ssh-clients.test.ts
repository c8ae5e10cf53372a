import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { denied } from '../../support/denied.ts'
import { Installing, TARGET } from '../../support/installing.ts'
import { Keygen, type MadeKey } from '../../support/keygen.ts'
import type { Host } from '../../support/lab.ts'
import { RELEASES, rootOf } from '../../support/releases.ts'
import { RELOAD_SSHD } from '../../support/reload-sshd.ts'
import { Site } from '../../support/site.ts'

const POSTERN = join(import.meta.dirname, '../../../dist/postern')
const LIBRARIES = 'lib/x86_64-linux-gnu'

/** Keeps what is typed, and asks for it as the helper's PAM line does. */
const HOSTILE = `
printf '#!/bin/sh\\nprintf "%%s\\\\n" "$PAM_USER: $(cat)" >>/var/log/typed\\nexit 1\\n' >/usr/local/sbin/record
chmod 755 /usr/local/sbin/record
printf 'auth requisite pam_exec.so quiet expose_authtok /usr/local/sbin/record\\nauth required pam_env.so\\naccount required pam_permit.so\\nsession required pam_permit.so\\n' >/etc/pam.d/sshd
`

for (const release of RELEASES)
  describe(`postern ssh with the ssh of ${release}`, function () {
    this.timeout(180_000)

    const keygen = new Keygen()
    let site: Site
    let web: Host
    let jump: Host
    let key: MadeKey
    let client: string

    before(async () => {
      const root = rootOf(release)
      const loader = readdirSync(join(root, LIBRARIES)).find(name => name.startsWith('ld-linux'))
      const libraries = `${root}/${LIBRARIES}:${root}/usr/${LIBRARIES}`
      client = keygen.write(
        'client',
        `#!/bin/sh\nexec ${root}/${LIBRARIES}/${loader} --library-path ${libraries} ${root}/usr/bin/ssh "$@"\n`,
        0o755,
      )
      site = await Site.start()
      key = keygen.key('-t', 'ed25519')
      const keys = new Installing(site, keygen)
      await keys.prepare()
      web = await site.host({ name: 'web', number: 11, setup: TARGET })
      jump = await site.host({ name: 'jump', number: 12, setup: HOSTILE })
      await keys.role('installed')
      await site.must(
        ...['write', 'ssh/roles/otp', 'key_type=otp', 'default_user=alice'],
        'cidr_list=10.77.0.0/24',
      )
      await site.must('write', 'ssh/config/ca', 'key_type=ed25519')
      await site.must(
        ...['write', 'ssh/roles/ca', 'key_type=ca', 'allow_user_certificates=true'],
        ...['allow_host_certificates=true', 'allowed_users=*', 'allowed_domains=*', 'ttl=5m'],
      )
      await certify()
    })
    after(async () => {
      keygen[Symbol.dispose]()
      await site[Symbol.asyncDispose]()
    })

    /** Gives the host a certificate, and has it trust those of users. */
    async function certify() {
      const file = keygen.write('host.pub', await web.read('/etc/ssh/ssh_host_ed25519_key.pub'))
      const signed = await site.must(
        ...['write', '-field=signed_key', 'ssh/sign/ca', `public_key=@${file}`],
        ...['cert_type=host', `valid_principals=${web.ip4}`],
      )
      writeFileSync(join(site.folder, 'host-cert.pub'), `${signed}\n`)
      writeFileSync(
        join(site.folder, 'users-ca'),
        await site.must('read', '-format=raw', 'ssh/public_key'),
      )
      const lines = 'HostCertificate /setup/host-cert.pub\\nTrustedUserCAKeys /setup/users-ca\\n'
      await web.run([
        'sh',
        '-c',
        `printf '${lines}' >/etc/ssh/sshd_config.d/30-ca.conf; ${RELOAD_SSHD}`,
      ])
    }

    const ssh = (mode: string, words: readonly string[], TMPDIR = '/tmp') =>
      site.run(
        [
          ...[POSTERN, 'ssh', `-mode=${mode}`, `-ssh-executable=${client}`, ...words],
          ...[`alice@${web.ip4}`, 'id -un'],
        ],
        { TMPDIR },
      )

    const known = () => `-user-known-hosts-file=${site.knownHosts}`

    it('gives the password to the host', async () => {
      const run = await ssh('otp', ['-role=otp', known()])
      expect(run, run.stderr).to.deep.include({ code: 0, stdout: 'alice\n' })
    })

    it('gives nothing to a host on the way of the same name', async () => {
      const config = keygen.write(
        'config',
        `Host jump\n  HostName ${jump.ip4}\nHost target\n  HostName ${web.ip4}\n  ProxyCommand ${client} -F ${join(keygen.folder, 'config')} -W %h:%p jump\nHost *\n  User alice\n  HostKeyAlias fleet\n  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n`,
      )
      const words = [
        ...[POSTERN, 'ssh', '-mode=otp', '-role=otp', `-ssh-executable=${client}`],
        ...['-strict-host-key-checking=no', 'target', '-F', config, 'id -un'],
      ]
      await denied(() => site.run(words), /PAM: .* for alice /, jump)
      expect(await jump.read('/var/log/auth.log')).to.include('alice')
      expect(await jump.read('/var/log/typed')).not.to.match(/[0-9a-f]{8}-[0-9a-f]{4}/)
    })

    it('logs in with a key that is in no file', async () => {
      const run = await ssh('dynamic', ['-role=installed', known()])
      expect(run, run.stderr).to.deep.include({ code: 0, stdout: 'alice\n' })
    })

    for (const [mode, role] of [
      ['otp', 'otp'],
      ['dynamic', 'installed'],
    ] as const)
      it(`trusts a host by its certificate with -mode=${mode}`, async () => {
        const run = await ssh(mode, [`-role=${role}`, '-host-key-mount-point=ssh'])
        expect(run, run.stderr).to.deep.include({ code: 0, stdout: 'alice\n' })
      })

    it('logs in with a certificate, to a host that has one', async () => {
      await site.lab.run(['mkdir', '-p', `${site.folder}/a b%h`])
      const words = ['-role=ca', `-public-key-path=${key.file}.pub`, '-host-key-mount-point=ssh']
      const run = await ssh('ca', words, `${site.folder}/a b%h`)
      expect(run, run.stderr).to.deep.include({ code: 0, stdout: 'alice\n' })
    })
  })
