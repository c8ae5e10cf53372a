import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { cases } from '../../support/cases.ts'
import type { Host } from '../../support/lab.ts'
import { RELEASES } from '../../support/releases.ts'
import { Site } from '../../support/site.ts'
import { SshClientHost } from '../../support/ssh-client-host.ts'

const POLICY = `
path "ssh/sign/ops" { capabilities = ["update"] }
path "ssh/roles/ops" { capabilities = ["read"] }
`

/** A host that takes certificates of users, and has one itself. */
const CERTIFIED = `
cp /setup/packaging/sshd/20-postern-ca.conf /etc/ssh/sshd_config.d/
cp /setup/trusted /etc/ssh/postern-trusted
install -m 644 /dev/null /etc/ssh/postern-revoked
echo 'HostCertificate /etc/ssh/ssh_host_ed25519_key-cert.pub' >/etc/ssh/sshd_config.d/05-certificate.conf
`

const HOST_ROLE = ['key_type=ca', 'allow_host_certificates=true', 'allowed_domains=*', 'ttl=1h']

describe('Plain ssh after postern ssh-config, with certificates', function () {
  this.timeout(120_000)

  let site: Site
  let web: Host

  before(async () => {
    site = await Site.start()
    for (const mount of ['ssh', 'hosts']) {
      await site.must('secrets', 'enable', `-path=${mount}`, 'ssh')
      await site.must('write', `${mount}/config/ca`, 'key_type=ed25519')
    }
    await site.must(
      ...['write', 'ssh/roles/ops', 'key_type=ca', 'allow_user_certificates=true', 'ttl=10m'],
      ...['default_user=alice', 'allowed_users=alice'],
    )
    await site.must('write', 'hosts/roles/host', 'allow_bare_domains=true', ...HOST_ROLE)
    const trusted = await site.must('read', '-field=public_key', 'ssh/config/ca')
    writeFileSync(join(site.folder, 'trusted'), trusted)
    web = await site.host({ name: 'web', number: 11, setup: CERTIFIED })
    await certify()
  })
  after(() => site[Symbol.asyncDispose]())

  /** Gives the host a certificate of the engine. */
  async function certify(): Promise<void> {
    const key = (await web.read('/etc/ssh/ssh_host_ed25519_key.pub')).trim()
    const words = ['write', '-field=signed_key', 'hosts/sign/host', `public_key=${key}`]
    const signed = await site.must(...words, 'cert_type=host', `valid_principals=${web.ip4}`)
    const script = `echo '${signed}' >/etc/ssh/ssh_host_ed25519_key-cert.pub; kill -HUP $(pgrep -o sshd)`
    await web.run(['sh', '-c', script])
  }

  for (const [index, release] of cases(RELEASES.entries()))
    describe(`of Debian ${release}`, () => {
      let client: SshClientHost

      before(async () => {
        client = await SshClientHost.start(site, { name: release, number: 50 + index, release })
        await client.prepare(POLICY)
        await client.sh('rm .ssh/known_hosts')
        const words = ['-host=10.77.0.*', '-role=ops', '-user=alice', '-host-key-mount-point=hosts']
        const ended = await client.postern(['ssh-config', ...words])
        expect(ended.code, ended.stderr).to.equal(0)
        expect((await client.sh('cat .ssh/postern.conf')).stdout).to.contain('-mode=ca')
      })
      afterEach(() => client.sh('rm -rf .ssh/postern/* .ssh/id_* k?'))

      const login = `ssh -o StrictHostKeyChecking=yes 10.77.0.11 id -un`

      it('logs in with the key in a file, to a host of the CA, without an agent', async () => {
        await client.sh('ssh-keygen -q -t ed25519 -N "" -f .ssh/id_ed25519')
        const ended = await client.sh(`${login}; ls -l .ssh/postern`)
        expect(ended.stderr).to.equal('')
        expect(ended.stdout).to.match(/^alice\n/)
        expect(ended.stdout).to.match(/-rw------- .* alice@10\.77\.0\.11:22-cert\.pub\n/)
      })

      it('asks the engine once', async () => {
        await client.sh('ssh-keygen -q -t ed25519 -N "" -f .ssh/id_ed25519')
        await client.sh(login)
        const before = await client.sh('cat .ssh/postern/*-cert.pub')
        await client.sh(login)
        expect(await client.sh('cat .ssh/postern/*-cert.pub')).to.deep.equal(before)
        expect((await client.sh(`rm .ssh/postern/*-cert.pub; ${login}`)).stdout).to.equal('alice\n')
      })

      it('logs in with a key that only the agent has, among many', async () => {
        const keys =
          'for n in 1 2 3 4 5 6 7 8; do ssh-keygen -q -t ed25519 -N "" -f k$n; ssh-add -q k$n; rm k$n; done'
        const ended = await client.sh(
          `exec ssh-agent sh -c '${keys}; ${login}; ssh-add -l | wc -l'`,
        )
        expect(ended.stderr).to.equal('')
        expect(ended.stdout).to.equal('alice\n8\n')
      })

      it('says that there is no key, and goes on', async () => {
        const ended = await client.sh(`ssh -o BatchMode=yes ${web.ip4} id`)
        expect(ended.code).to.equal(255)
        expect(ended.stderr).to.contain('create one with "ssh-keygen -t ed25519"')
      })

      it('goes on without a word if the user is no principal', async () => {
        await client.sh('ssh-keygen -q -t ed25519 -N "" -f .ssh/id_ed25519')
        const ended = await client.sh(
          `ssh -o BatchMode=yes -o StrictHostKeyChecking=no bob@${web.ip4} id`,
        )
        expect(ended.code).to.equal(255)
        expect(ended.stderr).not.to.contain('postern')
        expect(ended.stderr).to.contain('Permission denied')
      })
    })
})
