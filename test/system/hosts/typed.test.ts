import { expect } from 'chai'
import { denied } from '../../support/denied.ts'
import type { Host } from '../../support/lab.ts'
import { RELEASES } from '../../support/releases.ts'
import { Site } from '../../support/site.ts'

for (const release of RELEASES)
  describe(`One-time passwords that people type, on Debian ${release}`, function () {
    this.timeout(600_000)

    let site: Site
    let web: Host
    let db: Host

    before(async () => {
      site = await Site.start()
      await site.must('secrets', 'enable', 'ssh')
      const { keys } = JSON.parse(await site.must('read', '-format=json', 'ssh/verify/keys')).data
      const helper = {
        otp_formats: '["uuid", "base32"]',
        verify_keys: JSON.stringify([keys[0].public_key]),
      }
      web = await site.host({ name: 'web', number: 11, release, helper })
      db = await site.host({ name: 'db', number: 12, release })
      await site.must(
        ...['write', 'ssh/roles/typed', 'key_type=otp', 'otp_format=base32'],
        ...['default_user=alice', 'cidr_list=10.77.0.0/24'],
      )
    })
    after(() => site[Symbol.asyncDispose]())

    const issue = (host: Host) => site.issue('typed', 'alice', host.ip4)
    const login = (otp: string, host = web) => site.login({ host, user: 'alice', otp })

    it('let in, however they are typed', async () => {
      const ways = [
        (otp: string) => otp,
        (otp: string) => otp.toUpperCase().replaceAll('-', ' '),
        (otp: string) => otp.replaceAll('-', '').replaceAll('0', 'O').replaceAll('1', 'l'),
      ]
      for (const typed of ways)
        expect(await login(typed(await issue(web)))).to.deep.include({ code: 0, stdout: 'alice\n' })
    })

    it('are still good after a typing error', async () => {
      const otp = await issue(web)
      const last = otp.endsWith('7') ? '8' : '7'
      await denied(() => login(otp.slice(0, -1) + last), /with a typing error/, web)
      expect((await login(otp)).code).to.equal(0)
      await denied(() => login(otp), /OTP not found/, web)
    })

    it('do not leave a host that does not allow them', async () => {
      const otp = await issue(db)
      await denied(() => login(otp, db), /otp_formats does not have the format/, db)
    })

    it('are typed in by postern ssh', async () => {
      const run = await site.cli(
        ...['ssh', '-role=typed', '-mode=otp', `-user-known-hosts-file=${site.knownHosts}`],
        ...[`alice@${web.ip4}`, 'id -un'],
      )
      expect(run).to.deep.include({ code: 0, stdout: 'alice\n' })
    })
  })
