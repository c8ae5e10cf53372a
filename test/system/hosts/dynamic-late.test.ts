import { setTimeout } from 'node:timers/promises'
import { expect } from 'chai'
import { type Given, Installing, TARGET } from '../../support/installing.ts'
import { Keygen } from '../../support/keygen.ts'
import type { Host } from '../../support/lab.ts'
import { RELEASES } from '../../support/releases.ts'
import { Site } from '../../support/site.ts'

const FILE = '/home/alice/.ssh/authorized_keys'

/** Has a program wait once, as on a disk or for a directory service that does not answer. */
const slow = (path: string, seconds: number) => `
[ -e ${path}.real ] || mv ${path} ${path}.real
cat >${path} <<'SLOW'
#!/bin/sh
if [ -e /slow/slow ]; then rm -f /slow/slow; touch /slow/waiting; sleep ${seconds}; touch /slow/done; fi
exec ${path}.real "$@"
SLOW
chmod 755 ${path}
install -d -m 777 /slow
rm -f /slow/waiting /slow/done
touch /slow/slow`

for (const release of RELEASES)
  describe(`A renewal that hangs on a host of ${release}`, function () {
    this.timeout(180_000)

    const keygen = new Keygen()
    let site: Site
    let keys: Installing
    let host: Host

    before(async () => {
      site = await Site.start({ lasting: true })
      keys = new Installing(site, keygen)
      await keys.prepare()
      host = await site.host({ name: 'late', number: 14, release, bare: true, setup: TARGET })
      await keys.role('ops', { install_timeout: '2s', max_ttl: '8h' })
    })
    after(async () => {
      keygen[Symbol.dispose]()
      await site[Symbol.asyncDispose]()
    })

    const root = async (script: string) => {
      const { code, stdout, stderr } = await host.run(['bash', '-ec', script])
      expect(code, stderr).to.equal(0)
      return stdout
    }
    const until = async (file: string) => {
      while ((await host.run(['test', '-e', file])).code !== 0) await setTimeout(100)
    }
    const renew = ({ lease }: Given) =>
      site.cli('write', 'sys/leases/renew', `lease_id=${lease}`, 'increment=7200')
    const revoked = async (given: Given) => {
      while ((await keys.revoke(given)).code !== 0) await setTimeout(500)
    }
    const dead = async (given: Given) => {
      expect(await host.read(FILE)).not.to.include('postern:')
      await keys.denied(given, host)
    }

    it('at the disk brings no key back that has been revoked', async () => {
      const given = await keys.ask('ops', host.ip4)
      expect((await keys.login(given, host)).code).to.equal(0)
      await root(slow('/bin/cp', 6))
      const renewed = await renew(given)
      expect(renewed.code).to.equal(2)
      await revoked(given)
      await dead(given)
      await setTimeout(7000)
      await dead(given)
    })

    if (process.env.POSTERN_TEST_LONG)
      it('at the directory service brings no key back, though the engine was killed meanwhile', async () => {
        const given = await keys.ask('ops', host.ip4)
        expect((await keys.login(given, host)).code).to.equal(0)
        await root(slow('/usr/bin/getent', 60))
        const renewing = renew(given)
        await until('/slow/waiting')
        await site.crashEngine()
        await site.startEngine()
        await renewing
        await revoked(given)
        await dead(given)
        await until('/slow/done')
        await setTimeout(1000)
        await dead(given)
      })
  })
