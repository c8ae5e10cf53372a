import { expect } from 'chai'
import { BareHost, NOT_SET_UP, SET_UP, UNIX_PASSWORD } from '../../support/bare-host.ts'
import { RELEASES } from '../../support/releases.ts'
import { Site } from '../../support/site.ts'

/** Runs a command as the unit at boot does. */
const AT_BOOT = '-rollback=boot'

for (const release of RELEASES)
  describe(`Setting up a host with ${release}`, function () {
    this.timeout(120_000)

    let site: Site
    let bare: BareHost
    let untouched: string
    let number = 41

    before(async () => {
      site = await Site.start()
      await BareHost.prepare(site)
    })
    after(() => site[Symbol.asyncDispose]())

    beforeEach(async () => {
      bare = await BareHost.start(site, { name: `h${number}`, number: number++, release })
      untouched = await bare.files()
    })
    afterEach(() => site.lab.remove(bare.host))

    const expectUntouched = async () => {
      expect(await bare.files()).to.equal(untouched)
      expect(await bare.logins()).to.deep.equal(NOT_SET_UP)
    }

    it('tries a login of the enrolled host first, does nothing the second time, and is undone', async () => {
      const words = ['-yes', ...bare.engine, ...(await bare.enrolling('web-1'))]
      const first = await bare.setup(...words)
      expect([first.code, first.stderr], first.stdout).to.deep.equal([0, ''])
      expect(first.stdout).to.match(/^checked: a right one-time password lets root in$/m)
      expect(await bare.logins()).to.deep.equal(SET_UP)
      const again = await bare.setup(...words)
      expect([again.code, again.stdout.split('\n').at(-2)]).to.deep.equal([0, 'nothing to do'])
      const verified = await bare.host.run(['postern-helper', '-verify-only'])
      expect(verified.code, verified.stderr).to.equal(0)
      expect((await bare.setup('-undo', '-diff')).code).to.equal(2)
      const undone = await bare.setup('-undo', '-yes')
      expect([undone.code, undone.stderr], undone.stdout).to.deep.equal([0, ''])
      await expectUntouched()
      expect((await bare.setup('-undo', '-yes')).stdout).to.equal('nothing to undo\n')
    })

    it('is confirmed by a new login, and by nothing else', async () => {
      const old = bare.withKey('sleep 10; postern-helper setup -confirm', 'root')
      const set = await bare.setupAtTerminal(...bare.engine)
      expect(set.code, set.stdout).to.equal(5)
      expect((await bare.setup('-confirm')).code).to.equal(64)
      expect((await bare.setup('-yes', ...bare.engine)).stderr).to.match(/waits for its confirm/)
      expect(await bare.logins()).to.deep.equal(SET_UP)
      const late = await old
      expect([late.code, late.stderr]).to.deep.equal([64, late.stderr])
      expect(late.stderr).to.match(/in a new login by ssh/)
      const confirmed = await bare.withKey('postern-helper setup -confirm', 'root')
      expect([confirmed.code, confirmed.stdout], confirmed.stderr).to.deep.equal([
        0,
        'confirmed: the set-up is kept\n',
      ])
      expect((await bare.setup(AT_BOOT)).stdout).to.equal('nothing to do\n')
      expect(await bare.logins()).to.deep.equal(SET_UP)
    })

    it('is taken back by itself without a confirmation', async () => {
      const { code } = await bare.setupAtTerminal('-confirm-within=8s', ...bare.engine)
      expect(code).to.equal(5)
      expect(await bare.logins()).to.deep.equal(SET_UP)
      for (let tries = 0; (await bare.files()) !== untouched && tries < 60; tries++)
        await new Promise(resolve => setTimeout(resolve, 500))
      await expectUntouched()
    })

    it('is taken back at a reboot, and by the next run without systemd', async () => {
      const reboot = `sed -i 's/"boot":"[^"]*"/"boot":"before"/' /var/lib/postern-helper/setup/unfinished.json`
      expect((await bare.setupAtTerminal(...bare.engine)).code).to.equal(5)
      await bare.sh(reboot)
      expect((await bare.setup('-confirm')).code).to.equal(64)
      expect((await bare.setup(AT_BOOT)).stdout).to.match(/^rolled back/m)
      await expectUntouched()
      expect((await bare.setupAtTerminal(...bare.engine)).code).to.equal(5)
      await bare.sh(reboot)
      const again = await bare.setup('-yes', ...bare.engine)
      expect(again.stdout).to.match(/was not finished or confirmed: taking it back/)
      expect(await bare.logins()).to.deep.equal(SET_UP)
    })

    it('is taken back at boot before sshd was ever started', async () => {
      expect((await bare.setupAtTerminal(...bare.engine)).code).to.equal(5)
      await bare.sh('pkill -x sshd; rm -r /run/sshd; true')
      expect((await bare.setup(AT_BOOT)).stdout).to.match(/^rolled back/m)
      await bare.sh('/usr/sbin/sshd')
      await expectUntouched()
    })

    it('closes connections that would ask for its stack after an undo, and no sessions', async () => {
      await bare.setup('-yes', ...bare.engine)
      const session = bare.withKey('sleep 12; echo still here', 'root')
      const late = site.login({
        ...{ host: bare.host, user: 'alice', otp: UNIX_PASSWORD },
        ...{ typedAfter: 8, logLevel: 'INFO' },
      })
      await new Promise(resolve => setTimeout(resolve, 4000))
      expect((await bare.setup('-undo', '-yes')).code).to.equal(0)
      expect((await bare.sh("pgrep -af '^sshd.*\\[(net|accepted|pam)'")).stdout).to.equal('')
      const { code, stderr } = await late
      expect(code).to.equal(255)
      expect(stderr).to.match(/[Cc]onnection (?:closed|reset)|Broken pipe/)
      expect((await session).stdout).to.equal('still here\n')
      await expectUntouched()
    })

    it('is repaired after its files were taken away, and undone without them', async () => {
      await bare.setup('-yes', ...bare.engine)
      const stack = release === 'trixie' ? '/etc/pam.d/postern-sshd' : '/etc/pam.d/sshd'
      // what an upgrade that keeps the maintainer's version leaves, or a hand
      const spoil =
        release === 'trixie'
          ? `rm ${stack}`
          : `sed -i -e '/^# begin postern/,/^# end postern/c @include common-auth' ${stack}`
      await bare.sh(spoil)
      expect((await bare.host.run(['postern-helper', '-verify-only'])).code).to.equal(2)
      const repaired = await bare.setup('-yes', ...bare.engine)
      expect(repaired.code, repaired.stderr).to.equal(0)
      expect(await bare.logins()).to.deep.equal(SET_UP)
      await bare.sh(spoil)
      expect((await bare.setup('-undo', '-yes')).code).to.equal(0)
      await expectUntouched()
    })

    it('is undone without a journal, and keeps what others have written', async () => {
      await bare.setup('-yes', ...bare.engine)
      await bare.sh(`rm -r /var/lib/postern-helper /etc/postern
        echo 'ClientAliveInterval 60' >> /etc/ssh/sshd_config.d/10-postern.conf`)
      const { code, stdout } = await bare.setup('-undo', '-yes')
      expect(code).to.equal(0)
      expect(stdout).to.match(/^-UsePAM yes$/m)
      expect(await bare.host.read('/etc/ssh/sshd_config.d/10-postern.conf')).to.equal(
        'ClientAliveInterval 60\n',
      )
      await bare.sh('rm /etc/ssh/sshd_config.d/10-postern.conf')
      await expectUntouched()
    })

    it('takes edited lines of its own with it, and leaves those of others, also after a second set-up', async () => {
      const edits = [
        "sed -i 's/^PasswordAuthentication.*/PasswordAuthentication yes/' /etc/ssh/sshd_config.d/10-postern.conf",
        "sed -i 's/^KbdInteractiveAuthentication.*/kbdinteractiveauthentication=yes/' /etc/ssh/sshd_config.d/10-postern.conf",
        'echo ClientAliveInterval 60 >> /etc/ssh/sshd_config.d/10-postern.conf',
        `echo 'deadline = "19s"' >> /etc/postern/helper.toml`,
      ].join('; ')
      for (const again of [false, true]) {
        await bare.setup('-yes', ...bare.engine)
        await bare.sh(edits)
        if (again) expect((await bare.setup('-yes', ...bare.engine)).code).to.equal(0)
        expect((await bare.setup('-undo', '-yes')).code).to.equal(0)
        const left = await bare.sh(
          'cat /etc/ssh/sshd_config.d/10-postern.conf /etc/postern/helper.toml',
        )
        expect(left.stdout).to.equal('ClientAliveInterval 60\ndeadline = "19s"\n')
        expect(await bare.logins()).to.deep.equal(NOT_SET_UP)
        await bare.sh('rm -r /etc/ssh/sshd_config.d/10-postern.conf /etc/postern')
        await expectUntouched()
      }
    })

    it('is not undone where that would open passwords of accounts', async () => {
      await bare.setup('-yes', ...bare.engine)
      await bare.sh('echo PasswordAuthentication yes > /etc/ssh/sshd_config.d/05-late.conf')
      const { code, stderr } = await bare.setup('-undo', '-yes')
      expect([code, stderr]).to.deep.equal([3, stderr])
      expect(stderr).to.match(/passwords of accounts, as it did not before/)
      await bare.rebootSshd()
      expect(await bare.logins()).to.deep.equal(SET_UP)
      expect((await bare.setup('-undo', '-yes', '-force')).code).to.equal(0)
      await bare.sh('rm /etc/ssh/sshd_config.d/05-late.conf')
      await bare.rebootSshd()
      await expectUntouched()
    })

    it('is set up and undone for every sshd with the same files', async () => {
      const stop = `for pid in $(pgrep -x sshd); do case $(tr '\\0' ' ' < /proc/$pid/cmdline) in *[listener]*) kill $pid;; esac; done`
      const own = `unshare -m --propagation private sh -c 'mount -t tmpfs none /tmp; exec /usr/sbin/sshd -D'`
      await bare.sh(`${stop}; setsid ${own} >/dev/null 2>&1 & sleep 1
        (cat /etc/ssh/sshd_config; echo Port 2222; echo PidFile none) > /root/second`)
      expect((await bare.setup('-yes', ...bare.engine)).code).to.equal(0)
      expect(await bare.logins()).to.deep.equal(SET_UP)
      await bare.sh('/usr/sbin/sshd -f /root/second')
      expect((await bare.setup('-undo', '-yes')).code).to.equal(0)
      await expectUntouched()
      await bare.sh(
        `printf '#!/bin/sh\\necho ${UNIX_PASSWORD}\\n' > /root/ask; chmod 755 /root/ask`,
      )
      const options = '-o PubkeyAuthentication=no -o StrictHostKeyChecking=no -p 2222'
      const second = await bare.sh(
        `SSH_ASKPASS=/root/ask SSH_ASKPASS_REQUIRE=force DISPLAY=:0 setsid -w ssh ${options} alice@127.0.0.1 true`,
      )
      expect(second.stderr).to.match(/Permission denied/)
    })

    it('closes connections of a socket that have not said their version', async () => {
      await bare.setup('-yes', ...bare.engine)
      await bare.sh(`setsid perl -MIO::Socket::INET -e '
        $s = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1:2200", ReuseAddr => 1) or die;
        $c = $s->accept; open(STDIN, "<&", $c); open(STDOUT, ">&", $c); exec "/usr/sbin/sshd", "-i"' >/dev/null 2>&1 &
        sleep 1; setsid perl -MIO::Socket::INET -e '
        $s = IO::Socket::INET->new("127.0.0.1:2200") or die; sleep 50' >/dev/null 2>&1 & sleep 1`)
      const held = async () => (await bare.sh("pgrep -f '^sshd.*accepted'")).stdout
      expect(await held()).not.to.equal('')
      expect((await bare.setup('-undo', '-yes')).code).to.equal(0)
      expect(await held()).to.equal('')
    })

    it('leaves nothing where /etc is read-only, and obeys no journal of somebody else', async () => {
      await bare.sh('mount --bind /etc /etc; mount -o remount,bind,ro /etc')
      const { code, stderr } = await bare.setup('-yes', ...bare.engine)
      expect([code, stderr]).to.deep.equal([78, stderr])
      expect(stderr).to.match(/read-only/)
      await bare.sh('umount /etc')
      await expectUntouched()
      const journal = JSON.stringify({
        ...{
          format: 'postern-setup 1',
          id: 'x',
          state: 'writing',
          boot: 'x',
          since: 0,
          patience: 0,
        },
        changes: [
          { file: '/root/mine', phase: 'settings', original: null, previous: null, after: 'any' },
        ],
        ...{ revocable: ['settings'], folders: [] },
      })
      await bare.sh(`install -d -o alice /var/lib/postern-helper/setup; echo '${journal}' > /root/mine
        install -o alice /root/mine /var/lib/postern-helper/setup/unfinished.json`)
      expect((await bare.setup(AT_BOOT)).stderr).to.match(/belongs to another user/)
      expect(await bare.host.read('/root/mine')).not.to.equal('')
    })

    it('stays enrolled, and is as it was, when the right password of the trial is refused', async () => {
      const account = 'account requisite pam_succeed_if.so quiet user != root'
      await bare.sh(`sed -i '1i ${account}' /etc/pam.d/sshd`)
      untouched = await bare.files()
      const words = ['-yes', ...bare.engine, ...(await bare.enrolling('web-2'))]
      const failed = await bare.setup(...words)
      expect(failed.code, failed.stderr).to.equal(4)
      expect(failed.stderr).to.match(/a right one-time password did not let root in/)
      const logins = (text: string) =>
        text.split('\n').filter(line => /^\/etc\/(?:pam|ssh|sys)/.test(line))
      expect(logins(await bare.files())).to.deep.equal(logins(untouched))
      expect(await bare.logins()).to.deep.equal(NOT_SET_UP)
      await bare.sh(`sed -i '1d' /etc/pam.d/sshd`)
      const again = await bare.setup(...words)
      expect(again.code, again.stderr).to.equal(0)
      expect(await bare.logins()).to.deep.equal(SET_UP)
    })

    for (const [what, spoil, words, code, reason] of [
      [
        'another fingerprint',
        ':',
        ['-ca-fingerprint=SHA256:', 'A'.repeat(43)],
        76,
        /has the fingerprint SHA256:/,
      ],
      [
        'no key of an administrator',
        'rm /root/.ssh/authorized_keys',
        [],
        4,
        /no administrator could log in/,
      ],
      [
        'a setting of sshd that comes first',
        'echo UsePAM no > /etc/ssh/sshd_config.d/05-first.conf',
        [],
        78,
        /UsePAM no, not yes, since .*05-first\.conf comes first/,
      ],
      [
        'a broken configuration of sshd',
        'echo Nonsense yes > /etc/ssh/sshd_config.d/60-broken.conf',
        [],
        78,
        /before any change/,
      ],
      ['another mount', ':', ['-mount=nowhere'], 69, /check ssh_mount_point/],
      ['no terminal and no -yes', ':', [], 64, /add -yes/],
    ] as const)
      it(`is refused, and nothing is changed: ${what}`, async () => {
        await bare.sh(spoil)
        const start = await bare.files()
        const [fingerprint = '', digits = ''] = words
        const more =
          digits === '' ? [...bare.engine, ...words] : [bare.engine[0] ?? '', fingerprint + digits]
        const yes = what.startsWith('no terminal') ? [] : ['-yes']
        const ended = await bare.setup(...yes, ...more)
        expect([ended.code, ended.stderr], ended.stdout).to.deep.equal([code, ended.stderr])
        expect(ended.stderr).to.match(reason)
        expect(await bare.files()).to.equal(start)
      })

    it('shows what it would do, and does nothing', async () => {
      const { code, stdout } = await bare.setup('-diff', '-format=json', ...bare.engine)
      expect(code).to.equal(2)
      const { result, changes } = JSON.parse(stdout)
      expect([result, changes.length]).to.deep.equal(['would change', 4])
      await expectUntouched()
    })
  })
