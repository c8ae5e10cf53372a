import { expect } from 'chai'
import type { Host } from '../../support/lab.ts'
import {
  differences,
  listingOf,
  must,
  NEW,
  OLD,
  PackagedSite,
} from '../../support/packaged-site.ts'
import { RELEASES } from '../../support/releases.ts'

/** Has dpkg-query print the version of a package. */
const VERSION = '$'.concat('{Version}')

for (const release of RELEASES)
  describe(`The package of the engine on ${release}`, function () {
    this.timeout(300_000)

    let packaged: PackagedSite
    let host: Host
    let listing: string

    before(async () => {
      packaged = await PackagedSite.start()
      host = (await packaged.bareHost(release)).host
      listing = await listingOf(host)
    })
    after(() => packaged?.[Symbol.asyncDispose]())

    const asService = (...words: readonly string[]) =>
      must(host, 'setpriv', '--reuid=postern', '--regid=postern', '--clear-groups', ...words)

    it('brings a user, directories and commands, and starts nothing', async () => {
      await must(host, 'dpkg', '-i', packaged.file('postern', OLD))
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
      await must(host, 'dpkg', '-i', packaged.file('postern', NEW))
      expect(await must(host, 'sh', '-c', 'sha256sum /etc/postern/* /var/lib/postern/*')).to.equal(
        was,
      )
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
      const { code, stderr } = await host.run(['dpkg', '-i', packaged.file('postern', OLD)])
      expect(code).to.not.equal(0)
      expect(stderr).to.match(
        /not downgraded: \/var\/lib\/postern\/postern.db has schema 2 of a newer version/,
      )
      expect(await must(host, 'dpkg-query', '-W', '-f', VERSION, 'postern')).to.equal(NEW)
    })

    it('allows one that can', async () => {
      await schema('stored', 1)
      await must(host, 'dpkg', '-i', packaged.file('postern', OLD))
      expect(await must(host, 'dpkg-query', '-W', '-f', VERSION, 'postern')).to.equal(OLD)
    })

    it('refuses one where PostgreSQL has a newer schema', async () => {
      await must(
        host,
        'sh',
        '-c',
        `printf 'sqlite 1\\npostgresql 9\\n' > /usr/share/postern/storage-schemas; sed -i 's/^type = "sqlite"/type = "postgresql"/' /etc/postern/engine.toml`,
      )
      const { code, stderr } = await host.run(['dpkg', '-i', packaged.file('postern', OLD)])
      expect(code).to.not.equal(0)
      expect(stderr).to.match(/not downgraded: .*PostgreSQL/)
    })

    it('keeps settings and storage when it is removed, and leaves nothing when it is purged', async () => {
      await must(host, 'dpkg', '-r', 'postern')
      await must(host, 'ls', '/etc/postern/engine.toml', '/var/lib/postern/postern.db')
      await must(host, 'dpkg', '-P', 'postern')
      expect(differences(await listingOf(host), listing)).to.deep.equal([])
    })

    it('leaves the settings of the helper beside it', async () => {
      await must(
        host,
        'dpkg',
        '-i',
        packaged.file('postern', OLD),
        packaged.file('postern-helper', OLD),
      )
      await must(
        host,
        'sh',
        '-c',
        `cd /etc/postern && touch host-key ca.pem engine.toml seal.key; echo 'ca_cert = "/etc/postern/ca.pem"' > helper.toml`,
      )
      await must(host, 'dpkg', '-P', 'postern')
      expect(await must(host, 'ls', '/etc/postern')).to.equal('ca.pem\nhelper.toml\nhost-key\n')
      await must(host, 'dpkg', '-P', 'postern-helper')
      expect((await host.run(['ls', '/etc/postern'])).code).to.equal(2)
    })
  })
