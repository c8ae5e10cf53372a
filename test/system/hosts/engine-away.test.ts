import { expect } from 'chai'
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
    const started = Date.now()
    const denied = await site.login({ host: web, user: 'alice', otp })
    const waited = Date.now() - started
    await site.thawEngine()
    expect(denied.code).to.equal(255)
    expect(waited).to.be.within(1900, 6000)
    const again = await site.issue('ops', 'alice', web.ip4)
    expect((await site.login({ host: web, user: 'alice', otp: again })).code).to.equal(0)
  })

  it('is denied when the engine has crashed, and the reason is in the log', async () => {
    const otp = await site.issue('ops', 'alice', web.ip4)
    await site.crashEngine()
    expect((await site.login({ host: web, user: 'alice', otp })).code).to.equal(255)
    const log = await web.read('/var/log/postern-helper.log')
    expect(log.trim().split('\n').at(-1))
      .to.match(/end=unavailable/)
      .and.match(/refused/)
    expect(log).to.not.include(otp)
  })
})
