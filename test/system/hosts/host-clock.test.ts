import { expect } from 'chai'
import { denied } from '../../support/denied.ts'
import { describeLong } from '../../support/describe-long.ts'
import type { Host } from '../../support/lab.ts'
import { Site } from '../../support/site.ts'
import { SteppedClock } from '../../support/stepped-clock.ts'

const HELPER = '/usr/local/sbin/postern-helper'
const OFFSET = '/etc/offset'

/** What is said where a clock is off: the time of the host, and that of the engine. */
const BOTH_TIMES =
  /the clock of the host says \\?"(\S+?Z)\\?", that of the engine (\S+Z): they may be 300 seconds apart/

// a test that is skipped would count as failed

describeLong('An enrolled host whose clock is wrong', function () {
  this.timeout(90_000)

  let site: Site
  let web: Host

  before(async () => {
    site = await Site.start()
    await site.must('secrets', 'enable', 'ssh')
    await site.must('write', 'ssh/config/ca', 'key_type=ed25519')
    web = await site.host({ name: 'web', number: 11 })
    for (const role of [
      ['ops', 'key_type=otp', 'default_user=alice', 'cidr_list=10.77.0.0/24'],
      ['named', 'key_type=otp', 'default_user=alice', 'hosts=web-*'],
      ['hosts', 'key_type=ca', 'allow_host_certificates=true', 'allowed_domains=*', 'ttl=30d'],
    ])
      await site.must('write', `ssh/roles/${role[0]}`, ...role.slice(1))
    await put('/root/enroll-token', await site.must('write', '-f', '-field=token', ENROLL))
    await put('/etc/postern/token', await site.must('token', 'create', '-field=token'))
    const enrolled = await helper('enroll', '-name=web-1', '-token-file=/root/enroll-token')
    expect([enrolled.code, enrolled.stderr]).to.deep.equal([0, ''])
    await site.must('write', 'ssh/config/verify', 'anonymous=deny')
    await put(OFFSET, '+0')
    await web.run(['rm', HELPER])
    await put(HELPER, SteppedClock.script('/setup/postern-helper', OFFSET))
    await web.run(['chmod', '755', HELPER])
  })
  after(() => site[Symbol.asyncDispose]())

  const ENROLL = 'ssh/hosts/web-1/enroll'
  const put = (file: string, input: string) =>
    web.run(['sh', '-c', `umask 077; cat > ${file}`], { input })
  const helper = (...words: readonly string[]) => web.run([HELPER, ...words])
  const hostCert = () =>
    helper('host-cert', '-role=hosts', '-token-file=/etc/postern/token', '-reload=')
  const skew = async () => {
    const text = await site.must('read', '-format=json', 'ssh/hosts/web-1')
    return JSON.parse(text).data.clock_skew as number
  }
  const login = async () =>
    site.login({ host: web, user: 'alice', otp: await site.issue('ops', 'alice', web.ip4) })

  for (const [offset, seconds] of [
    ['+1h', 3600],
    ['+6m', 360],
  ] as const)
    it(`by ${offset}, lets users in, and is refused what its timers ask for`, async () => {
      await put(OFFSET, offset)
      expect((await login()).code).to.equal(0)
      const otp = await site.must('write', '-field=key', 'ssh/creds/named', 'host=web-1')
      expect((await site.login({ host: web, user: 'alice', otp })).code).to.equal(0)
      expect(await skew()).to.be.within(seconds - 60, seconds + 60)
      for (const work of [() => helper('krl'), () => helper('verify-keys'), hostCert]) {
        const { code, stderr } = await work()
        expect(code, stderr).to.equal(76)
        const [, host = '', engine = ''] = BOTH_TIMES.exec(stderr) ?? []
        const apart = (Date.parse(host) - Date.parse(engine)) / 1000
        expect(apart, stderr).to.be.within(seconds - 60, seconds + 60)
      }
    })

  it('by an hour into the past takes no certificate of an engine that is younger, and says so', async () => {
    await put(OFFSET, '-1h')
    await denied(login, /certificate is not yet valid/, web)
  })

  it('may be as far off as an administrator allows', async () => {
    await put(OFFSET, '+1h')
    await site.must('write', 'ssh/config/verify', 'max_skew=2h')
    for (const work of [() => helper('krl'), () => helper('verify-keys'), hostCert])
      expect((await work()).code).to.equal(0)
    await site.must('write', 'ssh/config/verify', 'max_skew=5m')
  })

  it('has its key signed once the clock is right, and not while it is disabled', async () => {
    await put(OFFSET, '+0')
    await web.run(['rm', '-f', CERTIFICATE])
    await site.must('write', 'ssh/hosts/web-1', 'disabled=true')
    const refused = await hostCert()
    expect([refused.code, refused.stderr]).to.deep.equal([76, refused.stderr])
    expect(refused.stderr).to.match(/host "web-1" is disabled/)
    await site.must('write', 'ssh/hosts/web-1', 'disabled=false')
    expect((await hostCert()).stdout).to.match(/is new/)
    for (const command of ['krl', 'verify-keys']) expect((await helper(command)).code).to.equal(0)
    const text = await site.must('read', '-format=json', 'ssh/hosts/web-1')
    expect(JSON.parse(text).data).to.include.keys('host_cert_age', 'krl_age')
    expect(Math.abs(await skew())).to.be.lessThan(60)
  })

  const CERTIFICATE = '/etc/ssh/ssh_host_ed25519_key-cert.pub'
})
