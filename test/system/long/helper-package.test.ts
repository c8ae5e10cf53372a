import { expect } from 'chai'
import { type BareHost, NOT_SET_UP, SET_UP, UNIX_PASSWORD } from '../../support/bare-host.ts'
import {
  differences,
  listingOf,
  must,
  NEW,
  OLD,
  PackagedSite,
} from '../../support/packaged-site.ts'
import { RELEASES, type Release } from '../../support/releases.ts'

/** The release whose sshd has PAMServiceName. */
const NAMES_ITS_SERVICE: Release = 'trixie'

const OWN_STACK = '/etc/pam.d/postern-sshd'

for (const release of RELEASES)
  describe(`The package of the helper on ${release}`, function () {
    this.timeout(300_000)

    let packaged: PackagedSite
    let bare: BareHost
    let untouched: string
    let listing: string

    before(async () => {
      packaged = await PackagedSite.start()
      bare = await packaged.bareHost(release)
      untouched = await bare.files()
      listing = await listingOf(bare.host)
    })
    after(() => packaged?.[Symbol.asyncDispose]())

    const loginsAre = async (expected: typeof SET_UP) =>
      expect(await bare.logins()).to.deep.equal(expected)
    const ofSshd = async () =>
      (await bare.files()).split('\n').filter(line => /^\/etc\/(?:pam\.d|ssh)/.test(line))

    it('changes no login by its installation', async () => {
      await loginsAre(NOT_SET_UP)
      const was = await ofSshd()
      await must(bare.host, 'dpkg', '-i', packaged.file('postern-helper', OLD))
      await loginsAre(NOT_SET_UP)
      expect(await ofSshd()).to.deep.equal(was)
      expect(await must(bare.host, 'sh', '-c', 'find /etc/systemd -name "postern*"')).to.equal('')
    })

    it('refuses the password of an account, where PAM would ask for it', async () => {
      const isAccepted = async (service: string) => {
        const words = ['pamtester', service, 'alice', 'authenticate']
        const { code } = await bare.host.run(words, { input: `${UNIX_PASSWORD}\n` })
        return code === 0
      }
      expect(await isAccepted('a-service-without-a-file')).to.equal(true)
      expect(await isAccepted('postern-sshd')).to.equal(false)
    })

    it('is set up by its command', async () => {
      const { code, stderr, stdout } = await bare.setup('-yes', ...bare.engine)
      expect([code, stderr], stdout).to.deep.equal([0, ''])
      await loginsAre(SET_UP)
      expect(await must(bare.host, 'sh', '-c', 'cat /etc/pam.d/*ss*')).to.contain(
        ' /usr/sbin/postern-helper ',
      )
    })

    if (release === NAMES_ITS_SERVICE)
      it('lets keys in, and no password, while the stack that sshd names is deleted', async () => {
        await must(bare.host, 'rm', OWN_STACK)
        await loginsAre(NOT_SET_UP)
        const { stdout } = await bare.sh('postern-helper doctor')
        expect(stdout).to.contain(`${OWN_STACK} is not there, so sshd uses /usr/lib/pam.d/`)
        await must(bare.host, 'postern-helper', 'setup', '-yes')
        await loginsAre(SET_UP)
      })

    it('is upgraded under a login, with its settings as they are', async () => {
      // the login goes on for as long as the upgrade takes
      await must(bare.host, 'sed', '-i', '1i deadline = "45s"', '/etc/postern/helper.toml')
      await must(bare.host, 'sh', '-c', 'echo "# mine" >> /etc/fail2ban/filter.d/postern.conf')
      const settings = await must(
        bare.host,
        'sh',
        '-c',
        'sha256sum /etc/postern/* /etc/fail2ban/filter.d/*',
      )
      const otp = await packaged.site.issue('ops', 'alice', bare.host.ip4)
      await packaged.site.freezeEngine()
      const login = packaged.site.login({ host: bare.host, user: 'alice', otp })
      const isAsking = 'until pgrep -f /usr/sbin/postern-helper; do sleep 0.05; done; sleep 1'
      await must(bare.host, 'bash', '-c', isAsking)
      await must(bare.host, 'dpkg', '-i', packaged.file('postern-helper', NEW))
      await packaged.site.thawEngine()
      const { code, stderr } = await login
      expect([code, stderr]).to.deep.equal([0, ''])
      await loginsAre(SET_UP)
      expect(
        await must(bare.host, 'sh', '-c', 'sha256sum /etc/postern/* /etc/fail2ban/filter.d/*'),
      ).to.equal(settings)
    })

    it('leaves keys and sshd as they were when it is removed, and keeps its settings', async () => {
      await must(bare.host, 'dpkg', '-r', 'postern-helper')
      await loginsAre(NOT_SET_UP)
      expect(await ofSshd()).to.deep.equal(
        untouched.split('\n').filter(line => /^\/etc\/(?:pam\.d|ssh)/.test(line)),
      )
      expect(await must(bare.host, 'ls', '/etc/postern')).to.contain('helper.toml')
    })

    it('leaves nothing when it is purged while it is in use', async () => {
      await must(bare.host, 'dpkg', '-i', packaged.file('postern-helper', NEW))
      const { code, stderr } = await bare.setup('-yes', ...bare.engine)
      expect([code, stderr]).to.deep.equal([0, ''])
      await loginsAre(SET_UP)
      await must(bare.host, 'dpkg', '-P', 'postern-helper')
      await loginsAre(NOT_SET_UP)
      expect(await bare.files()).to.equal(untouched)
      expect(differences(await listingOf(bare.host), listing)).to.deep.equal([])
    })

    it('stays if the set-up of sshd cannot be taken back', async () => {
      await must(bare.host, 'dpkg', '-i', packaged.file('postern-helper', NEW))
      expect((await bare.setup('-yes', ...bare.engine)).code).to.equal(0)
      // whatever it reads of the journal fails
      await must(
        bare.host,
        'bash',
        '-c',
        'for file in $(find /var/lib/postern-helper/setup -type f); do echo broken > $file; done',
      )
      const { code, stderr } = await bare.host.run(['dpkg', '-r', 'postern-helper'])
      expect(code).to.not.equal(0)
      expect(stderr).to.contain('not removed, since the set-up of sshd could not be taken back')
      await loginsAre(SET_UP)
    })
  })
