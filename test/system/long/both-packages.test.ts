import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { BareHost } from '../../support/bare-host.ts'
import {
  differences,
  listingOf,
  mustScript,
  OLD,
  PackagedSite,
} from '../../support/packaged-site.ts'
import { RELEASES, type Release } from '../../support/releases.ts'

const NAME = 'engine.example.com'

/** No systemd runs in these hosts, so a program takes its place that runs what the units of the packages say. */
const STAND_IN = `
install -m 755 /setup/systemctl /usr/bin/systemctl
echo "127.0.0.1 ${NAME}" >> /etc/hosts
`

const SET_UP = `mkdir -p /run/systemd/system
postern operator setup -name=${NAME} -admin=alice -admin-password-file=/setup/password -non-interactive -format=json
rmdir /run/systemd/system`

const MOUNT = `export VAULT_ADDR=https://${NAME}:8200 VAULT_CACERT=/etc/postern/ca.pem
export VAULT_TOKEN=$(postern login -method=userpass -token-only username=alice password=- </setup/password)
postern secrets enable ssh`

/** Whether the engine on the host answers, by the CA that it shares with the helper. */
const ANSWERS = `curl -sS --fail --cacert /etc/postern/ca.pem https://${NAME}:8200/v1/sys/health`

const STOP = 'systemctl disable postern.service'

/** The release whose fresh hosts have systemd-analyze. */
const HAS_SYSTEMD: Release = 'trixie'

for (const release of RELEASES)
  describe(`Both packages on one host with ${release}`, function () {
    this.timeout(300_000)

    let packaged: PackagedSite
    let bare: BareHost
    let listing: string

    before(async () => {
      packaged = await PackagedSite.start([OLD])
      const { folder } = packaged.site
      copyFileSync(
        join(import.meta.dirname, '../../support/docs/systemctl'),
        join(folder, 'systemctl'),
      )
      writeFileSync(join(folder, 'password'), 'correct horse battery')
    })
    after(() => packaged?.[Symbol.asyncDispose]())

    const run = (script: string) => mustScript(bare.host, script)
    const install = (...names: readonly ('postern' | 'postern-helper')[]) =>
      run(`dpkg -i ${names.map(name => packaged.file(name, OLD)).join(' ')}`)
    const settings = () => run('cd /etc/postern && find . -mindepth 1 | sort')

    beforeEach(async () => {
      bare = await packaged.bareHost(release, STAND_IN)
      listing = await listingOf(bare.host)
    })
    afterEach(() => packaged.site.lab.remove(bare.host))

    /** That nothing is left, and logins are as they were. */
    async function expectUntouched(): Promise<void> {
      expect(differences(await listingOf(bare.host), listing)).to.deep.equal([])
      expect(await bare.safety()).to.deep.equal({ key: true, unix: false })
    }

    /** Sets both up with the packages, the helper as a host of this engine. */
    async function setBothUp(): Promise<void> {
      await install('postern', 'postern-helper')
      const made = JSON.parse(await run(SET_UP))
      await run(MOUNT)
      const flags = `-engine=https://${NAME}:8200 -ca-fingerprint=${made.ca_fingerprint}`
      await run(`postern-helper setup -yes ${flags}`)
    }

    it('have files that only their owners can read, and units that systemd accepts', async () => {
      await install('postern')
      await run(SET_UP)
      const modes = await run(
        'stat -c "%n %U:%G %a" /etc/postern/* /etc/postern/ca/* /var/lib/postern /var/lib/postern/* /var/log/postern /var/backups/postern',
      )
      for (const line of [
        '/etc/postern/ca root:root 700',
        '/etc/postern/ca/ca.key root:root 600',
        '/etc/postern/engine.key root:postern 640',
        '/etc/postern/engine.toml root:postern 640',
        '/var/lib/postern postern:postern 700',
        '/var/lib/postern/postern.db postern:postern 600',
        '/var/log/postern postern:postern 750',
        '/var/backups/postern postern:postern 700',
      ])
        expect(modes.split('\n')).to.include(line)
      expect(modes).to.match(/^\/etc\/postern\/seal\S+ root:root 600$/m)
      if (release === HAS_SYSTEMD)
        await run(`cd /usr/lib/systemd/system
systemd-analyze verify --man=no postern*
systemd-analyze security --offline=yes --threshold=20 --no-pager postern.service`)
      await run(`${STOP}; dpkg -P postern`)
      await expectUntouched()
    })

    it('leave the engine alone when the helper is purged first', async () => {
      await setBothUp()
      const before = await settings()
      await run('dpkg -P postern-helper')
      expect(differences(before, await settings())).to.deep.equal(['./helper.toml'])
      await run(ANSWERS)
      await run(`${STOP}; dpkg -P postern`)
      await expectUntouched()
    })

    it('leave the helper its settings and the CA when the engine is purged first', async () => {
      await setBothUp()
      await run(`${STOP}; dpkg -P postern`)
      expect(await settings()).to.equal('./ca.pem\n./helper.toml\n')
      const { stdout } = await bare.sh('postern-helper -verify-only')
      expect(stdout).to.not.contain('ca_cert')
      await run('dpkg -P postern-helper')
      await expectUntouched()
    })

    it('leave the keys of an engine that was removed, and not purged', async () => {
      await setBothUp()
      await run(`${STOP}; dpkg -r postern; rm /etc/postern/engine.toml; dpkg -P postern-helper`)
      expect(await settings()).to.match(/^\.\/ca\/ca\.key$[\s\S]*^\.\/seal/m)
      await run('dpkg -P postern')
      await expectUntouched()
    })

    it('take the CA with the helper where no engine has been set up', async () => {
      await install('postern', 'postern-helper')
      await run(`postern-helper setup -yes ${bare.engine.join(' ')}`)
      expect(await settings()).to.contain('./ca.pem\n')
      await run('dpkg -P postern-helper')
      expect(await settings()).to.equal('')
      await run('dpkg -P postern')
      await expectUntouched()
    })
  })
