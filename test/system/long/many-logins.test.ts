import { expect } from 'chai'
import type { Host } from '../../support/lab.ts'
import { Site } from '../../support/site.ts'

const codes = (logins: readonly { readonly code: number | null }[]) =>
  logins.map(({ code }) => code)

describe('Many logins on one host', function () {
  this.timeout(600_000)

  let site: Site
  let web: Host

  before(async () => {
    site = await Site.start({ lasting: true })
    web = await site.host({ name: 'web', number: 11 })
    await site.must('secrets', 'enable', 'ssh')
    const role = ['key_type=otp', 'default_user=alice', 'cidr_list=10.77.0.0/24']
    await site.must('write', 'ssh/roles/ops', ...role)
  })
  after(() => site[Symbol.asyncDispose]())

  const issue = () => site.issue('ops', 'alice', web.ip4)
  const login = (otp: string) => site.login({ host: web, user: 'alice', otp })
  const restart = async () => {
    await site.crashEngine()
    await site.startEngine()
  }

  it('all get in, two hundred in a row, though the engine crashes in between', async () => {
    for (let count = 1; count <= 200; count++) {
      const otp = await issue()
      if (count % 50 === 0) await restart()
      expect((await login(otp)).code, `login ${count}`).to.equal(0)
    }
  })

  it('all get in, forty at once, after the engine has crashed', async () => {
    const otps: string[] = []
    for (let count = 0; count < 40; count++) otps.push(await issue())
    await restart()
    expect(codes(await Promise.all(otps.map(login)))).to.deep.equal(Array(40).fill(0))
  })

  it('none gets in twice, forty at once, while the engine crashes', async () => {
    const otps: string[] = []
    for (let count = 0; count < 40; count++) otps.push(await issue())
    const first = otps.map(login)
    await Promise.race(first)
    await restart()
    const again = codes(await Promise.all(otps.map(login)))
    const firstCodes = codes(await Promise.all(first))
    // who was denied while the engine was away may have lost the password to it, or gets in now
    for (const [at, code] of firstCodes.entries())
      if (code === 0) expect(again[at], `password ${at}`).to.not.equal(0)
    expect(firstCodes.filter(code => code === 0).length, 'before the crash').to.be.below(40)
    expect(again.filter(code => code === 0).length, 'after it').to.be.above(0)
  })
})
