import { copyFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect } from 'chai'
import { BareHost, NOT_SET_UP, SET_UP } from '../../support/bare-host.ts'
import type { Host } from '../../support/lab.ts'
import { MadePackages } from '../../support/made-packages.ts'
import { RELEASES } from '../../support/releases.ts'
import { Site } from '../../support/site.ts'

/** Has dpkg-query print the version of a package. */
const VERSION = '$'.concat('{Version}')

const [OLD, NEW] = ['1.0.0', '2.0.0']

/** Everything on a host but what programs of Debian note for themselves. */
const LISTING = `find /etc /usr /var /opt /root -not -path '/var/lib/dpkg/*' -not -path '/var/log/*' -not -path '/var/cache/*' | sort; cat /etc/passwd /etc/group`

/** Makes both packages, and a site; `file` gives the path of a package on every host. */
async function siteWithPackages() {
  const made = await MadePackages.make([OLD, NEW])
  const site = await Site.start()
  const file = (name: 'postern' | 'postern-helper', version: string) => {
    const path = made.file(name, version)
    return `/setup/${basename(path)}`
  }
  for (const name of ['postern', 'postern-helper'] as const)
    for (const version of [OLD, NEW]) {
      const path = made.file(name, version)
      copyFileSync(path, join(site.folder, basename(path)))
    }
  made[Symbol.dispose]()
  return { site, file }
}

/** What is in only one of two texts. */
const differences = (one: string, other: string): readonly string[] => {
  const [lines, others] = [one.split('\n'), other.split('\n')]
  return [
    ...lines.filter(line => !others.includes(line)),
    ...others.filter(line => !lines.includes(line)),
  ]
}

const must = async (host: Host, ...command: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await host.run(command, { timeout: 120_000 })
  expect(code, `${command.join(' ')}: ${stdout}${stderr}`).to.equal(0)
  return stdout
}

for (const release of RELEASES)
  describe(`The packages on ${release}`, function () {
    this.timeout(300_000)

    let site: Site
    let file: Awaited<ReturnType<typeof siteWithPackages>>['file']
    let number = 51

    before(async () => {
      ;({ site, file } = await siteWithPackages())
      await BareHost.prepare(site)
    })
    after(() => site?.[Symbol.asyncDispose]())

    /** Without the helper of the other tests. */
    const bareHost = () =>
      BareHost.start(site, {
        ...{ name: `p${number}`, number: number++, release },
        setup: 'rm /usr/local/sbin/postern-helper\n',
      })

    describe('of the helper', () => {
      let bare: BareHost
      let untouched: string
      let listing: string

      before(async () => {
        bare = await bareHost()
        untouched = await bare.files()
        listing = await must(bare.host, 'sh', '-c', LISTING)
      })
      after(() => site.lab.remove(bare.host))

      const loginsAre = async (expected: typeof SET_UP) =>
        expect(await bare.logins()).to.deep.equal(expected)
      const ofSshd = async () =>
        (await bare.files()).split('\n').filter(line => /^\/etc\/(?:pam\.d|ssh)/.test(line))

      it('changes no login by its installation', async () => {
        await loginsAre(NOT_SET_UP)
        const was = await ofSshd()
        await must(bare.host, 'dpkg', '-i', file('postern-helper', OLD))
        await loginsAre(NOT_SET_UP)
        expect(await ofSshd()).to.deep.equal(was)
        expect(await must(bare.host, 'sh', '-c', 'find /etc/systemd -name "postern*"')).to.equal('')
      })

      it('is set up by its command', async () => {
        const { code, stderr, stdout } = await bare.setup('-yes', ...bare.engine)
        expect([code, stderr], stdout).to.deep.equal([0, ''])
        await loginsAre(SET_UP)
        expect(await must(bare.host, 'sh', '-c', 'cat /etc/pam.d/*ss*')).to.contain(
          ' /usr/sbin/postern-helper ',
        )
      })

      it('is upgraded under a login, with its settings as they are', async () => {
        // the login goes on for as long as the upgrade takes
        await must(bare.host, 'sed', '-i', '1i deadline = "45s"', '/etc/postern/helper.toml')
        await must(bare.host, 'sh', '-c', 'echo "# mine" >> /etc/fail2ban/filter.d/postern.conf')
        const settings = await must(
          bare.host,
          'sh',
          '-c',
          'sha256sum /etc/postern/* /etc/fail2ban/filter.d/*',
        )
        const otp = await site.issue('ops', 'alice', bare.host.ip4)
        await site.freezeEngine()
        const login = site.login({ host: bare.host, user: 'alice', otp })
        const isAsking = 'until pgrep -f /usr/sbin/postern-helper; do sleep 0.05; done; sleep 1'
        await must(bare.host, 'bash', '-c', isAsking)
        await must(bare.host, 'dpkg', '-i', file('postern-helper', NEW))
        await site.thawEngine()
        const { code, stderr } = await login
        expect([code, stderr]).to.deep.equal([0, ''])
        await loginsAre(SET_UP)
        expect(
          await must(bare.host, 'sh', '-c', 'sha256sum /etc/postern/* /etc/fail2ban/filter.d/*'),
        ).to.equal(settings)
      })

      it('leaves keys and sshd as they were when it is removed, and keeps its settings', async () => {
        await must(bare.host, 'dpkg', '-r', 'postern-helper')
        await loginsAre(NOT_SET_UP)
        expect(await ofSshd()).to.deep.equal(
          untouched.split('\n').filter(line => /^\/etc\/(?:pam\.d|ssh)/.test(line)),
        )
        expect(await must(bare.host, 'ls', '/etc/postern')).to.contain('helper.toml')
      })

      it('leaves nothing when it is purged while it is in use', async () => {
        await must(bare.host, 'dpkg', '-i', file('postern-helper', NEW))
        const { code, stderr } = await bare.setup('-yes', ...bare.engine)
        expect([code, stderr]).to.deep.equal([0, ''])
        await loginsAre(SET_UP)
        await must(bare.host, 'dpkg', '-P', 'postern-helper')
        await loginsAre(NOT_SET_UP)
        expect(await bare.files()).to.equal(untouched)
        expect(differences(await must(bare.host, 'sh', '-c', LISTING), listing)).to.deep.equal([])
      })

      it('stays if the set-up of sshd cannot be taken back', async () => {
        await must(bare.host, 'dpkg', '-i', file('postern-helper', NEW))
        expect((await bare.setup('-yes', ...bare.engine)).code).to.equal(0)
        // whatever it reads of the journal fails
        await must(
          bare.host,
          'bash',
          '-c',
          'for file in $(find /var/lib/postern-helper/setup -type f); do echo broken > $file; done',
        )
        const { code, stderr } = await bare.host.run(['dpkg', '-r', 'postern-helper'])
        expect(code).to.not.equal(0)
        expect(stderr).to.contain('not removed, since the set-up of sshd could not be taken back')
        await loginsAre(SET_UP)
      })
    })

    describe('of the engine', () => {
      let host: Host
      let listing: string

      before(async () => {
        host = (await bareHost()).host
        listing = await must(host, 'sh', '-c', LISTING)
      })
      after(() => site.lab.remove(host))

      const asService = (...words: readonly string[]) =>
        must(host, 'setpriv', '--reuid=postern', '--regid=postern', '--clear-groups', ...words)

      it('brings a user, directories and commands, and starts nothing', async () => {
        await must(host, 'dpkg', '-i', file('postern', OLD))
        expect(await must(host, 'getent', 'passwd', 'postern')).to.match(
          /:\/var\/lib\/postern:\/usr\/sbin\/nologin$/m,
        )
        expect(
          await must(
            host,
            'stat',
            '-c',
            '%a %U',
            '/var/lib/postern',
            '/var/log/postern',
            '/etc/postern',
          ),
        ).to.equal('700 postern\n750 postern\n755 root\n')
        expect((await host.run(['pgrep', '-x', 'postern'])).code).to.equal(1)
        expect(await must(host, 'postern', 'version')).to.match(/^Postern v/)
      })

      it('has settings that its user can start with', async () => {
        await must(
          host,
          ...[
            'sh',
            '-c',
            `install -m 640 -g postern /usr/share/postern/engine.toml /etc/postern/engine.toml
sed -i -e 's|^tls_cert_file|tls_disable = true #|' -e 's|^tls_key_file|#|' /etc/postern/engine.toml`,
          ],
        )
        await asService(
          'sh',
          '-c',
          'postern server -config=/etc/postern/engine.toml & until [ -e /var/lib/postern/postern.db ]; do sleep 0.1; done; sleep 1; kill $! && wait $!',
        )
        expect(await must(host, 'ls', '/var/lib/postern')).to.contain('postern.db')
      })

      it('keeps settings and storage in an upgrade', async () => {
        const was = await must(host, 'sh', '-c', 'sha256sum /etc/postern/* /var/lib/postern/*')
        await must(host, 'dpkg', '-i', file('postern', NEW))
        expect(
          await must(host, 'sh', '-c', 'sha256sum /etc/postern/* /var/lib/postern/*'),
        ).to.equal(was)
      })

      /** As if the installed version had another schema, and had upgraded the storage or not. */
      const schema = (kind: 'installed' | 'stored', number: number) =>
        must(
          host,
          ...[
            'sh',
            '-c',
            kind === 'installed'
              ? `printf 'sqlite ${number}\\npostgresql 1\\n' > /usr/share/postern/storage-schemas`
              : `printf '\\000\\000\\000\\00${number}' | dd of=/var/lib/postern/postern.db bs=1 seek=60 conv=notrunc status=none`,
          ],
        )

      it('refuses a version that cannot open the storage', async () => {
        await schema('installed', 2)
        await schema('stored', 2)
        const { code, stderr } = await host.run(['dpkg', '-i', file('postern', OLD)])
        expect(code).to.not.equal(0)
        expect(stderr).to.match(
          /not downgraded: \/var\/lib\/postern\/postern.db has schema 2 of a newer version/,
        )
        expect(await must(host, 'dpkg-query', '-W', '-f', VERSION, 'postern')).to.equal(NEW)
      })

      it('allows one that can', async () => {
        await schema('stored', 1)
        await must(host, 'dpkg', '-i', file('postern', OLD))
        expect(await must(host, 'dpkg-query', '-W', '-f', VERSION, 'postern')).to.equal(OLD)
      })

      it('refuses one where PostgreSQL has a newer schema', async () => {
        await must(
          host,
          'sh',
          '-c',
          `printf 'sqlite 1\\npostgresql 9\\n' > /usr/share/postern/storage-schemas; sed -i 's/^type = "sqlite"/type = "postgresql"/' /etc/postern/engine.toml`,
        )
        const { code, stderr } = await host.run(['dpkg', '-i', file('postern', OLD)])
        expect(code).to.not.equal(0)
        expect(stderr).to.match(/not downgraded: .*PostgreSQL/)
      })

      it('keeps settings and storage when it is removed, and leaves nothing when it is purged', async () => {
        await must(host, 'dpkg', '-r', 'postern')
        await must(host, 'ls', '/etc/postern/engine.toml', '/var/lib/postern/postern.db')
        await must(host, 'dpkg', '-P', 'postern')
        expect(differences(await must(host, 'sh', '-c', LISTING), listing)).to.deep.equal([])
      })

      it('leaves the settings of the helper beside it', async () => {
        await must(host, 'dpkg', '-i', file('postern', OLD), file('postern-helper', OLD))
        await must(
          host,
          'sh',
          '-c',
          'cd /etc/postern && touch helper.toml host-key ca.pem engine.toml seal.key',
        )
        await must(host, 'dpkg', '-P', 'postern')
        expect(await must(host, 'ls', '/etc/postern')).to.equal('ca.pem\nhelper.toml\nhost-key\n')
        await must(host, 'dpkg', '-P', 'postern-helper')
        expect((await host.run(['ls', '/etc/postern'])).code).to.equal(2)
      })
    })
  })
