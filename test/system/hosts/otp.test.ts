import { expect } from 'chai'
import { denied } from '../../support/denied.ts'
import type { Host } from '../../support/lab.ts'
import { Site } from '../../support/site.ts'

describe('A login with a one-time password', function () {
  this.timeout(60_000)

  let site: Site
  let web: Host
  let db: Host

  before(async () => {
    site = await Site.start()
    web = await site.host({ name: 'web', number: 11 })
    db = await site.host({ name: 'db', number: 12 })
    await site.must('secrets', 'enable', 'ssh')
    await site.must(
      'write',
      'ssh/roles/ops',
      'key_type=otp',
      'default_user=alice',
      'allowed_users=alice,bob,root,nosuch',
      'cidr_list=10.77.0.0/24,fd77::/64',
      'ttl=5m',
    )
  })
  after(() => site[Symbol.asyncDispose]())

  const issue = (user = 'alice', ip = web.ip4) => site.issue('ops', user, ip)
  const login = (otp: string, user = 'alice', host = web, address = host.ip4) =>
    site.login({ host, user, otp, address })

  it('lets in whom it was made for', async () => {
    expect(await login(await issue())).to.deep.include({ code: 0, stdout: 'alice\n' })
  })

  it('lets in over IPv6', async () => {
    const otp = await issue('alice', web.ip6)
    expect(await login(otp, 'alice', web, web.ip6)).to.deep.include({ code: 0, stdout: 'alice\n' })
  })

  it('does not work twice', async () => {
    const otp = await issue()
    expect((await login(otp)).code).to.equal(0)
    await denied(() => login(otp), /OTP not found/, web)
  })

  for (const [what, otp, reason] of [
    ['was never made', '00000000-1111-2222-3333-444444444444', /OTP not found/],
    ['is no one-time password', 'correct horse', /end=input .*not shaped like a one-time password/],
    ['is empty', '', /end=input .*nothing was typed/],
    ['is the word of the health check', 'verify-echo-request', /end=input .*health check/],
  ] as const)
    it(`refuses what ${what}`, async () => {
      await denied(() => login(otp), reason, web)
    })

  it('is refused for another user, and stays valid for the right one', async () => {
    const otp = await issue('alice')
    await denied(() => login(otp, 'bob'), /OTP was issued for another username/, web)
    expect((await login(otp, 'alice')).code).to.equal(0)
  })

  it('is refused on another host, and stays valid on the right one', async () => {
    for (const [mine, other] of [
      [web, db],
      [db, web],
    ] as const)
      for (const family of ['ip4', 'ip6'] as const) {
        const otp = await issue('alice', mine[family])
        await denied(
          () => login(otp, 'alice', other, other[family]),
          /OTP was issued for another ip/,
          other,
        )
        expect((await login(otp, 'alice', mine, mine[family])).code).to.equal(0)
      }
  })

  it('is refused if it was made for the other address of the same host', async () => {
    const otp = await issue('alice', web.ip6)
    await denied(() => login(otp, 'alice', web, web.ip4), /OTP was issued for another ip/, web)
  })

  it('is refused when its lease was revoked', async () => {
    const made = JSON.parse(
      await site.must('write', '-format=json', 'ssh/creds/ops', `ip=${web.ip4}`),
    )
    await site.must('lease', 'revoke', made.lease_id)
    await denied(() => login(made.data.key), /OTP not found/, web)
  })

  it('is refused when it has expired', async () => {
    await site.must(
      'write',
      'ssh/roles/short',
      'key_type=otp',
      'default_user=alice',
      'cidr_list=10.77.0.0/24',
      'ttl=1s',
    )
    const otp = await site.issue('short', 'alice', web.ip4)
    await new Promise(resolve => setTimeout(resolve, 1500))
    await denied(() => login(otp), /OTP not found/, web)
  })

  for (const user of ['nosuch', 'root'])
    it(`refuses ${user}, whose password sshd hides from the helper`, async () => {
      const otp = await issue(user)
      await denied(() => login(otp, user), /sshd does not let this user log in/, web)
    })

  it('lets in twenty at once', async () => {
    const otps = await Promise.all(Array.from({ length: 20 }, () => issue()))
    const logins = await Promise.all(otps.map(otp => login(otp)))
    expect(logins.map(({ code }) => code)).to.deep.equal(Array(20).fill(0))
  })

  it('lets one of ten in who use the same', async () => {
    const otp = await issue()
    const logins = await Promise.all(Array.from({ length: 10 }, () => login(otp)))
    expect(logins.filter(({ code }) => code === 0)).to.have.length(1)
  })

  it('is typed in by postern ssh', async () => {
    const run = await site.cli(
      'ssh',
      '-role=ops',
      '-mode=otp',
      `-user-known-hosts-file=${site.knownHosts}`,
      `alice@${web.ip4}`,
      'id -un',
    )
    expect(run).to.deep.include({ code: 0, stdout: 'alice\n' })
  })

  it('stands in no log', async () => {
    const otp = await issue()
    await login(otp)
    await login(otp)
    for (const host of [web, db])
      for (const file of ['/var/log/auth.log', '/var/log/postern-helper.log'])
        expect(await host.read(file)).to.not.match(
          /(?<!correlation\S*)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?=.*OTP)/,
        )
    expect(await web.read('/var/log/postern-helper.log')).to.not.include(otp)
    expect(await web.read('/var/log/auth.log')).to.not.include(otp)
  })
})
