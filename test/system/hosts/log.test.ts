import { expect } from 'chai'
import { denied } from '../../support/denied.ts'
import type { Host } from '../../support/lab.ts'
import { Site } from '../../support/site.ts'
import { until } from '../../support/until.ts'

describe('A host that logs to syslog', function () {
  this.timeout(60_000)

  let site: Site
  let web: Host

  before(async () => {
    site = await Site.start()
    // a full disk for the log
    const setup =
      'mkdir /full && mount -t tmpfs -o size=4k,mode=755 tmpfs /full && head -c 4096 /dev/zero >/full/fill\n'
    web = await site.host({ name: 'web', number: 11, setup, helper: { log_file: '"/full/log"' } })
    await site.must('secrets', 'enable', 'ssh')
    await site.must(
      ...['write', 'ssh/roles/ops', 'key_type=otp', 'default_user=alice'],
      'cidr_list=10.77.0.0/24',
    )
  })
  after(() => site[Symbol.asyncDispose]())

  /** The lines of the helper in syslog that hold `words`, once there are so many. */
  async function lines(words: string, count = 1): Promise<readonly string[]> {
    for (let tries = 0; ; tries++) {
      const all = (await web.read('/var/log/auth.log')).split('\n')
      const found = all.filter(line => line.includes('postern-helper') && line.includes(words))
      if (found.length >= count || tries > 400) return found
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }

  it('has a line for a login whose log file is on a full disk, and says why', async () => {
    const otp = await site.issue('ops', 'alice', web.ip4)
    expect((await site.login({ host: web, user: 'alice', otp })).stdout).to.equal('alice\n')
    const [line = ''] = await lines('decision=allowed')
    expect(line).to.match(/ user=alice .*log_problem="the log \/full\/log cannot be written: \w+"/)
  })

  it('has one line for a login, whatever the user is called', async () => {
    const forged = 'decision=allowed end=allowed ms=41 correlation=00ff user=root from=10.9.9.9 '
    for (const filler of ['é'.repeat(140), 'é'.repeat(80), 'x'.repeat(140)])
      await site.login({ host: web, user: `${filler}${forged}`, otp: 'x' })
    expect(await lines('postern-helper: decision=denied ', 3)).to.have.lengthOf(3)
    for (const line of await lines('decision=allowed', 0)) {
      expect(line).to.match(/postern-helper: decision=/)
      expect(line).to.not.match(/postern-helper: decision=allowed .*user=root/)
    }
  })

  it('has a line for a login that is cut off while the engine hangs', async () => {
    const otp = await site.issue('ops', 'alice', web.ip4)
    await web.run(['sed', '-i', 's/^deadline.*/deadline = "40s"/', '/etc/postern/helper.toml'])
    await site.freezeEngine()
    const login = denied(
      () => site.login({ host: web, user: 'alice', otp }),
      /cut off by SIGTERM/,
      web,
    )
    // it hears signals when it waits for the engine
    const connections = ['ss', '-Htn', 'state', 'established', 'dport', '=', ':8200']
    await until(async () => (await web.run(connections)).stdout !== '')
    await web.run(['pkill', '-TERM', '-f', '^/usr/local/sbin/postern-helper'])
    await login
    await site.thawEngine()
    const [line = ''] = await lines('cut off by SIGTERM')
    expect(line).to.match(/decision=denied end=deadline .* user=alice /)
  })
})
