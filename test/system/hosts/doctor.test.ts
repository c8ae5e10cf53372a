import { expect } from 'chai'
import { denied } from '../../support/denied.ts'
import type { Host } from '../../support/lab.ts'
import { Site } from '../../support/site.ts'

describe('The doctor on a host', function () {
  this.timeout(60_000)

  let site: Site
  let host: Host

  before(async () => {
    site = await Site.start()
    await site.must('secrets', 'enable', 'ssh')
    const role = ['key_type=otp', 'default_user=alice', 'cidr_list=10.77.0.0/24']
    await site.must('write', 'ssh/roles/ops', ...role)
    host = await site.host({ name: 'web', number: 11 })
  })
  after(() => site?.[Symbol.asyncDispose]())

  const doctor = (...words: readonly string[]) =>
    host.run(['/usr/local/sbin/postern-helper', 'doctor', ...words])

  it('finds nothing where all is as it should be', async () => {
    const { code, stdout } = await doctor('-textfile=/run/postern.prom')
    expect(code, stdout).to.equal(0)
    expect(stdout).to.match(/^\d+ ok, 0 warnings, 0 failures, 0 not tried$/m)
    expect(await host.read('/run/postern.prom')).to.match(/^postern_doctor_status 0$/m)
    expect(await host.read('/var/lib/postern-helper/last-check')).to.match(/^summary ok$/m)
  })

  it('names the one cause first, mends what is safe, and leaves PAM alone', async () => {
    const damage = `chmod 666 /etc/postern/helper.toml; sed -i 's/ expose_authtok//' /etc/pam.d/sshd`
    await host.run(['sh', '-c', damage])
    const { code, stdout } = await doctor('-fix')
    expect(code).to.equal(2)
    expect(stdout).to.match(/^mended {3}configuration: chmod go-w \/etc\/postern\/helper\.toml$/m)
    const [, cause, mend = ''] = /^FAILURE {2}([\w-]+): .*; run: (.*)$/m.exec(stdout) ?? []
    expect(cause, stdout).to.equal('pam-password')
    await host.run(['sh', '-c', mend])
    expect((await doctor()).code).to.equal(0)
  })

  it('explains a login that sshd refuses, as it does', async () => {
    await host.run(['chage', '-E', '1', 'alice'])
    const { code, stdout } = await doctor('-user=alice', '-from=10.77.0.1')
    expect(code).to.equal(2)
    expect(stdout).to.match(
      /^alice from 10\.77\.0\.1 would be refused: the account alice has expired/m,
    )
    const otp = await site.issue('ops', 'alice', host.ip4)
    await denied(() => site.login({ host, user: 'alice', otp }), /account .*expired/, host)
  })
})
