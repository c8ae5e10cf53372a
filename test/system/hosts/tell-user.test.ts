import { expect } from 'chai'
import { denied } from '../../support/denied.ts'
import type { Host } from '../../support/lab.ts'
import { RELEASES } from '../../support/releases.ts'
import { Site } from '../../support/site.ts'

/** All that ssh shows of a refused login. */
const SHOWN =
  /^Login denied; the administrator of this host can find the reason under this id: ([0-9a-f]{32})\r?\n\r?\n\S+@10\.77\.0\.11: Permission denied \([^)]*\)\.\r?\n$/

const LOG = '/var/log/postern-helper.log'

for (const release of RELEASES)
  describe(`What a user who is refused sees, on Debian ${release}`, function () {
    this.timeout(600_000)

    let site: Site
    let web: Host

    before(async () => {
      site = await Site.start()
      const helper = { allowed_roles: '["ops"]' }
      web = await site.host({ name: 'web', number: 11, release, helper })
      await site.must('secrets', 'enable', 'ssh')
      for (const role of ['ops', 'elsewhere'])
        await site.must(
          ...['write', `ssh/roles/${role}`, 'key_type=otp', 'default_user=alice'],
          ...['allowed_users=*', 'cidr_list=10.77.0.0/24'],
        )
    })
    after(() => site[Symbol.asyncDispose]())

    const login = (otp: string, user = 'alice') =>
      site.login({ host: web, user, otp, logLevel: 'INFO' })

    /** How often the helper has refused a login. */
    const refusals = async () => (await web.read(LOG)).match(/decision=denied/g)?.length ?? 0

    for (const [what, otp, user, reason] of [
      ['an unknown password', '00000000-1111-2222-3333-444444444444', 'alice', /OTP not found/],
      ['what is no password', 'correct horse', 'alice', /not shaped like/],
      ['nothing typed', '', 'alice', /nothing was typed/],
      ['a user who does not exist', '0'.repeat(36), 'nosuch', /sshd does not let this user/],
      ['root', '0'.repeat(36), 'root', /sshd does not let this user/],
    ] as const)
      it(`is one line and an id, for ${what}`, async () => {
        const before = await refusals()
        const { stderr } = await denied(() => login(otp, user), reason, web)
        const [, id] = SHOWN.exec(stderr) ?? expect.fail(stderr)
        expect(await web.read(LOG)).to.match(new RegExp(`reason=.* correlation=${id} `))
        expect(await refusals()).to.equal(before + 1)
      })

    it('is nothing for a user who is let in', async () => {
      const ended = await login(await site.issue('ops', 'alice', web.ip4))
      expect(ended).to.deep.equal({ code: 0, stdout: 'alice\n', stderr: '' })
    })

    it('is shown by postern ssh, which gives the host the password once', async () => {
      const before = await refusals()
      const run = () =>
        site.cli(
          ...['ssh', '-role=elsewhere', '-mode=otp', `-user-known-hosts-file=${site.knownHosts}`],
          ...[`alice@${web.ip4}`, 'id -un'],
        )
      const { stderr } = await denied(run, /OTP was issued for a role that is not allowed/, web)
      expect(stderr.match(/^Login denied; .* under this id: [0-9a-f]{32}\r?$/gm)).to.have.length(1)
      expect(await refusals()).to.equal(before + 1)
    })

    it('is found to be right by the check of the stack', async () => {
      const check = () => web.run(['/usr/local/sbin/postern-helper', '-verify-only'])
      const { code, stdout } = await check()
      expect(stdout).to.match(/^PAM service sshd: only postern-helper lets users in[^;]*$/m)
      expect(code).to.equal(0)
      await web.run(['sed', '-i', 's/quiet stdout/stdout/', '/etc/pam.d/sshd'])
      expect((await check()).stdout).to.include('without quiet, pam_exec shows users the exit code')
      await web.run(['sed', '-i', 's/exec.so stdout/exec.so quiet/', '/etc/pam.d/sshd'])
      expect((await check()).stdout).to.include('-tell-user shows users nothing')
      const { stderr } = await denied(() => login(''), /nothing was typed/, web)
      expect(stderr).to.match(/^\S+: Permission denied \([^)]*\)\.\r?\n$/)
    })
  })
