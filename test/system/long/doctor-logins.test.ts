import { expect } from 'chai'
import { denied } from '../../support/denied.ts'
import type { Host } from '../../support/lab.ts'
import { RELEASES } from '../../support/releases.ts'
import { RELOAD_SSHD } from '../../support/reload-sshd.ts'
import { Site } from '../../support/site.ts'

interface Refused {
  readonly what: string
  readonly user?: string
  /** Bash that makes it, and takes it back. */
  readonly make: string
  readonly undo: string
  /** The stage of the login that the doctor names, and what it says. */
  readonly by: string
  readonly says: RegExp
  /** What sshd or the helper logs when the login is really tried. */
  readonly logs: RegExp
}

const OTHER = '/etc/ssh/sshd_config.d/05-other.conf'
const sshd = (lines: string) => ({
  make: `printf '${lines}\\n' > ${OTHER}; ${RELOAD_SSHD}`,
  undo: `rm ${OTHER}; ${RELOAD_SSHD}`,
})

const JUNK = /sshd does not let this user log in/

const REFUSED: readonly Refused[] = [
  {
    what: 'an unknown user',
    user: 'nosuch',
    make: ':',
    undo: ':',
    by: 'user',
    says: /there is no user nosuch/,
    logs: JUNK,
  },
  {
    what: 'root',
    user: 'root',
    make: ':',
    undo: ':',
    by: 'user',
    says: /PermitRootLogin is (?:without|prohibit)-password/,
    logs: JUNK,
  },
  {
    what: 'DenyUsers with a pattern',
    ...sshd('DenyUsers bob al*@10.77.0.0/24'),
    by: 'user',
    says: /DenyUsers of sshd has alice/,
    logs: JUNK,
  },
  {
    what: 'AllowUsers for another network',
    ...sshd('AllowUsers alice@192.168.*'),
    by: 'user',
    says: /AllowUsers of sshd does not have alice from 10\.77\.0\.1/,
    logs: JUNK,
  },
  {
    what: 'AllowGroups',
    ...sshd('AllowGroups root'),
    by: 'user',
    says: /AllowGroups of sshd has no group of alice/,
    logs: JUNK,
  },
  {
    what: 'a Match block for the network of the client',
    ...sshd('Match Address 10.77.0.0/24\\n    AuthenticationMethods publickey'),
    by: 'methods',
    says: /AuthenticationMethods is publickey/,
    logs: /by authenticating user alice|Connection (?:closed|reset)/,
  },
  {
    what: 'an account that has expired',
    make: 'chage -E 1 alice',
    undo: 'chage -E -1 alice',
    by: 'account',
    says: /account alice has expired on 1970-01-02/,
    logs: /account .*expired/,
  },
  {
    what: '/etc/nologin',
    make: 'echo closed > /etc/nologin',
    undo: 'rm /etc/nologin',
    by: 'nologin',
    says: /\/etc\/nologin is there/,
    logs: /by authenticating user alice|Connection (?:closed|reset)/,
  },
  {
    what: 'allowed_users',
    make: `echo 'allowed_users = "bob"' >> /etc/postern/helper.toml`,
    undo: `sed -i '/^allowed_users/d' /etc/postern/helper.toml`,
    by: 'helper',
    says: /allowed_users does not have alice/,
    logs: /not in allowed_users/,
  },
]

for (const release of RELEASES)
  describe(`A login that the doctor explains on ${release}`, function () {
    this.timeout(60_000)

    let site: Site
    let host: Host

    before(async () => {
      site = await Site.start()
      await site.must('secrets', 'enable', 'ssh')
      const role = ['key_type=otp', 'default_user=alice', 'allowed_users=*']
      await site.must('write', 'ssh/roles/ops', ...role, 'cidr_list=10.77.0.0/24')
      host = await site.host({ name: 'web', number: 11, release })
    })
    after(() => site?.[Symbol.asyncDispose]())

    const explained = async (user: string) => {
      const words = ['doctor', `-user=${user}`, '-from=10.77.0.1', '-format=json']
      const { code, stdout, stderr } = await host.run(['/usr/local/sbin/postern-helper', ...words])
      expect(stderr).to.equal('')
      return { code, ...JSON.parse(stdout) }
    }
    const login = async (user: string) => {
      const otp = await site.issue('ops', user, host.ip4)
      return site.login({ host, user, otp })
    }

    it('is let in, as it says', async () => {
      expect(await explained('alice')).to.include({ code: 0, allowed: true })
      expect((await login('alice')).code).to.equal(0)
    })

    it('is let in although the password of the account is locked, as it says', async () => {
      await host.run(['usermod', '-L', 'alice'])
      expect(await explained('alice')).to.include({ code: 0, allowed: true })
      expect((await login('alice')).code).to.equal(0)
    })

    for (const { what, user = 'alice', make, undo, by, says, logs } of REFUSED)
      it(`is refused by ${what}, as it says`, async () => {
        await host.run(['bash', '-c', make])
        const { code, allowed, refusedBy, steps } = await explained(user)
        expect({ code, allowed, refusedBy }).to.deep.equal({
          code: 2,
          allowed: false,
          refusedBy: by,
        })
        const step = steps.find(({ mend }: { readonly mend?: string }) => mend !== undefined)
        expect(step.says).to.match(says)
        await denied(() => login(user), logs, host)
        await host.run(['bash', '-c', undo])
        if (user === 'alice') expect((await login('alice')).code).to.equal(0)
      })
  })
