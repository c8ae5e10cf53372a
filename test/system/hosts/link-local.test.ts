import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect } from 'chai'
import type { Host } from '../../support/lab.ts'
import { Site } from '../../support/site.ts'

describe('A login to a link-local address', function () {
  this.timeout(60_000)

  let site: Site

  before(async () => {
    site = await Site.start()
    await site.must('secrets', 'enable', 'ssh')
    await site.must(
      ...['write', 'ssh/roles/near', 'key_type=otp', 'default_user=alice'],
      ...['cidr_list=fe80::/10', 'ttl=5m'],
    )
  })
  after(() => site[Symbol.asyncDispose]())

  /** The address of a host's only interface, once the kernel has made sure that it is alone. */
  async function addressOf(host: Host): Promise<string> {
    for (;;) {
      const { stdout } = await host.run(['ip', '-6', '-o', 'addr', 'show', 'dev', 'eth0'])
      const line = stdout.split('\n').find(each => each.includes('scope link'))
      const address = /inet6 (fe80:\S+)\//.exec(line ?? '')?.[1]
      if (address && !line?.includes('tentative')) return address
      await setTimeout(100)
    }
  }

  for (const [number, blocks, code] of [
    [11, '"fe80::/10"', 0],
    [12, undefined, 255],
  ] as const)
    it(`is ${code === 0 ? 'let in' : 'refused'} with allowed_cidr_list ${blocks ?? 'left out'}`, async () => {
      const helper = blocks && { allowed_cidr_list: blocks }
      const host = await site.host({ name: `web${number}`, number, ...(helper && { helper }) })
      const address = await addressOf(host)
      const run = await site.cli(
        ...['ssh', '-role=near', '-mode=otp', '-strict-host-key-checking=no'],
        // the known hosts of whoever runs the tests are not touched
        `-user-known-hosts-file=${join(site.folder, 'near')}`,
        ...[`alice@${address}%br0`, 'id -un'],
      )
      expect(run.code, run.stderr).to.equal(code)
      expect(run.stdout).to.equal(code === 0 ? 'alice\n' : '')
      const log = await host.read('/var/log/postern-helper.log')
      expect(log).to.include(address)
      if (code !== 0) expect(log).to.include('an address of many hosts')
    })
})
