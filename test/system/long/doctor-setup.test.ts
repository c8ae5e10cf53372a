import { expect } from 'chai'
import { BareHost, SET_UP } from '../../support/bare-host.ts'
import { RELEASES } from '../../support/releases.ts'
import { Site } from '../../support/site.ts'

for (const release of RELEASES)
  describe(`The doctor on ${release} after a set-up`, function () {
    this.timeout(120_000)

    let site: Site
    let bare: BareHost

    before(async () => {
      site = await Site.start()
      await BareHost.prepare(site)
      bare = await BareHost.start(site, { name: 'bare', number: 41, release })
    })
    after(() => site?.[Symbol.asyncDispose]())

    const bash = (command: string) => bare.host.run(['bash', '-c', command])
    const doctor = async () => {
      const { code, stdout } = await bash('postern-helper doctor -format=json')
      const { checks } = JSON.parse(stdout)
      const found = checks.filter(({ mend }: { readonly mend?: string }) => mend !== undefined)
      return { code, found }
    }

    it('says what to do before', async () => {
      const { code, found } = await doctor()
      expect(code).to.equal(2)
      expect(found[0]).to.include({ name: 'configuration', cause: 'missing' })
      expect(found[0].mend).to.match(/^postern-helper setup -engine=URL/)
    })

    it('finds nothing on a host that one command has set up and enrolled', async () => {
      const words = ['-yes', ...bare.engine, ...(await bare.enrolling('bare'))]
      const { code, stdout, stderr } = await bare.setup(...words)
      expect(code, stdout + stderr).to.equal(0)
      expect(await doctor()).to.deep.equal({ code: 0, found: [] })
    })

    it('tells the engine, with what a timer asks it for', async () => {
      await bash('postern-helper verify-keys')
      const said = await site.must('read', '-format=json', 'ssh/hosts/bare')
      const { check, check_age: age } = JSON.parse(said).data
      expect(check).to.equal('ok')
      expect(age).to.be.within(0, 120)
    })

    it('has a command that puts back the PAM stack that sshd uses', async () => {
      await bash(
        `if [ -e /etc/pam.d/postern-sshd ]; then rm /etc/pam.d/postern-sshd; else sed -i '/^auth/d' /etc/pam.d/sshd; fi`,
      )
      const { found } = await doctor()
      expect(found[0].cause).to.be.oneOf(['missing', 'no-auth'])
      await bash(found[0].mend)
      expect((await doctor()).found).to.deep.equal([])
      expect(await bare.logins()).to.deep.equal(SET_UP)
    })
  })
