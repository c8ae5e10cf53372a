import { expect } from 'chai'
import { denied } from '../../support/denied.ts'
import type { Host } from '../../support/lab.ts'
import { Site } from '../../support/site.ts'

describe('A login while the engine is away', function () {
  this.timeout(60_000)

  let site: Site
  let web: Host

  before(async () => {
    site = await Site.start()
    web = await site.host({ name: 'web', number: 11, helper: { deadline: '"2s"' } })
    await site.must('secrets', 'enable', 'ssh')
    const role = ['key_type=otp', 'default_user=alice', 'cidr_list=10.77.0.0/24']
    await site.must('write', 'ssh/roles/ops', ...role)
  })
  after(() => site[Symbol.asyncDispose]())

  it('is denied inside the deadline when the engine hangs, and works when it goes on', async () => {
    const otp = await site.issue('ops', 'alice', web.ip4)
    await site.freezeEngine()
    const started = performance.now()
    await denied(
      () => site.login({ host: web, user: 'alice', otp }),
      /end=(?:deadline|unavailable) /,
      web,
    )
    const waited = performance.now() - started
    await site.thawEngine()
    // sshd and the machine may be slow; without a deadline it would wait for ever
    expect(waited).to.be.within(1900, 20_000)
    const again = await site.issue('ops', 'alice', web.ip4)
    expect((await site.login({ host: web, user: 'alice', otp: again })).code).to.equal(0)
  })

  it('is denied when the engine has crashed, and the reason is in the log', async () => {
    const otp = await site.issue('ops', 'alice', web.ip4)
    await site.crashEngine()
    await denied(
      () => site.login({ host: web, user: 'alice', otp }),
      /end=unavailable .*refused/,
      web,
    )
    const log = await web.read('/var/log/postern-helper.log')
    expect(log).to.not.include(otp)
  })
})
