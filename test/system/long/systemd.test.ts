import { expect } from 'chai'
import { type BootedHost, BootedSite, ENGINE_NAME } from '../../support/booted-site.ts'
import { cases } from '../../support/cases.ts'
import { RELEASES } from '../../support/releases.ts'

const [OLD, NEW] = ['1.0.0', '2.0.0']
const PASSWORD = 'correct horse battery'

/** The highest exposure that `systemd-analyze security` may find. */
const EXPOSURE = 2

const ENGINE_UNITS = ['postern', 'postern-backup', 'postern-certificate']
const HOST_UNITS = ['check', 'host-cert', 'krl', 'trust', 'verify-keys'].map(
  name => `postern-${name}`,
)

/** Where the engine has nothing to write. */
const OUTSIDE = ['/etc/postern', '/usr', '/var/lib', '/var/backups/postern', '/boot', '/home']

const SETUP = `postern operator setup -name=${ENGINE_NAME} -admin=alice -admin-password-file=/root/password -non-interactive -format=json`

/** All files of this system that are named after Postern, but for what the command line keeps for a user: no package touches a home. */
const LEFT = `find / -xdev -name '*postern*' -not -path '/proc/*' -not -path '/sys/*' -not -path '/root/.local/state/*'`

for (const release of cases(RELEASES))
  describe(`Under the systemd of ${release}`, function () {
    this.timeout(180_000)

    let site: BootedSite
    let engine: BootedHost
    /** What hosts pass to set-up. */
    let flags: string

    before(async () => {
      site = await BootedSite.start(release, [OLD, NEW])
      engine = await site.host('engine', 21)
    })
    after(() => site?.[Symbol.asyncDispose]())

    /** A host with the helper, and with keys for root. */
    const prepared = async (name: string, number: number) => {
      const host = await site.host(name, number)
      await host.must(`useradd -m -s /bin/bash -p '*' alice
install -D -m 600 /setup/key.pub /root/.ssh/authorized_keys
dpkg -i /setup/postern-helper_${OLD}.deb`)
      const token = await postern(`write -f -field=token ssh/hosts/${name}/enroll`)
      await host.must(`(umask 077; echo '${token}' >/root/token)`)
      return host
    }

    /** Sets a host up at a terminal, so that it waits for a confirmation. */
    const setUpHost = async (host: BootedHost, words = '') => {
      const { code, stdout } =
        await host.sh(`[ -e /etc/postern/host-key ] || enrolling="-name=$(hostname) -enroll-token-file=/root/token"
echo y | script -qec "postern-helper setup ${flags} ${words} $enrolling" /dev/null`)
      expect(code, stdout).to.equal(5)
    }

    const issue = ({ address }: BootedHost) =>
      postern(`write -field=key ssh/creds/ops username=alice ip=${address}`)

    /** Asserts that root's key lets in, and whether a one-time password does. Gives what logind knows of its session. */
    const lets = async (host: BootedHost, isAllowed: boolean): Promise<string> => {
      expect((await host.withKey('id -un')).stdout).to.equal('root\n')
      const login = await host.withPassword(await issue(host), 'cat /proc/self/cgroup')
      expect(login.code, login.stderr).to.equal(isAllowed ? 0 : 255)
      return login.stdout
    }

    /** Runs a command of the administrator. */
    const postern = (words: string) => engine.must(`postern ${words}`)
    const status = () => engine.until('postern status')

    const exposures = async (host: BootedHost, units: readonly string[]) => {
      for (const unit of units) {
        const said = await host.must(`systemd-analyze security --no-pager ${unit}.service`)
        const [, figure] = /exposure level for \S+: (\S+)/.exec(said) ?? []
        console.info(`      ${unit}.service: ${figure}`)
        expect(Number(figure), unit).to.be.at.most(EXPOSURE)
      }
    }

    /** Has the timer of a unit run at once, and waits for its end. */
    const elapse = async (unit: string) => {
      const folder = `/run/systemd/system/${unit}.timer.d`
      await engine.must(`mkdir -p ${folder}
printf '[Timer]\nOnCalendar=\nOnActiveSec=1s\nRandomizedDelaySec=0\nAccuracySec=100ms\n' >${folder}/now.conf
systemctl daemon-reload; systemctl restart ${unit}.timer`)
      await engine.until(
        `[ "$(systemctl show -p ExecMainExitTimestampMonotonic --value ${unit})" != 0 ] && [ "$(systemctl show -p ActiveState --value ${unit})" = inactive ]`,
      )
      await engine.must(`rm -r ${folder}; systemctl daemon-reload; systemctl restart ${unit}.timer`)
    }

    describe('the engine', () => {
      it('is set up by one command, with its seal key as a credential', async () => {
        await engine.must(`printf '${PASSWORD}' >/root/password; dpkg -i /setup/postern_${OLD}.deb`)
        const made = JSON.parse(await engine.must(SETUP))
        flags = made.helper_command.replace('postern-helper setup ', '')
        expect(await engine.must('ls /run/credentials/postern.service')).to.equal('seal-key')
        expect(await engine.must('systemctl --failed --no-legend')).to.equal('')
        await engine.must(
          `postern login -method=userpass username=alice password=- </root/password`,
        )
        await postern('secrets enable ssh')
        const role = 'key_type=otp default_user=alice cidr_list=10.77.0.0/24 ttl=5m'
        await postern(`write ssh/roles/ops ${role}`)
      })

      it('unseals itself after a restart, a crash and a reboot', async () => {
        await engine.must('systemctl restart postern')
        await status()
        await engine.must('kill -9 $(systemctl show -p MainPID --value postern)')
        await status()
        await engine.reboot()
        await status()
      })

      it('stops and reloads without an error', async () => {
        const pid = () => engine.must('systemctl show -p MainPID --value postern')
        const before = await pid()
        await engine.must('systemctl reload postern')
        expect(await pid()).to.equal(before)
        await engine.must('systemctl stop postern')
        const ended = 'systemctl show -p Result,ExecMainStatus --value postern'
        expect((await engine.must(ended)).split('\n').toSorted()).to.deep.equal(['0', 'success'])
        await engine.must('systemctl start postern')
        await status()
      })

      it('is confined as its unit says', async () => {
        const pid = await engine.must('systemctl show -p MainPID --value postern')
        for (const folder of cases(OUTSIDE)) {
          const { stderr } = await engine.sh(
            `mkdir -p ${folder}; nsenter -t ${pid} -m touch ${folder}/written`,
          )
          expect(stderr).to.match(/Read-only file system|Permission denied/)
        }
        const state = await engine.must(`cat /proc/${pid}/status`)
        expect(state).to.match(/^CapBnd:\s+0+$/m)
        expect(state).to.match(/^NoNewPrivs:\s+1$/m)
        expect(state).to.match(/^Seccomp:\s+2$/m)
        await exposures(engine, ENGINE_UNITS)
      })

      it('serves the certificate that its timer has renewed', async () => {
        const serial = () =>
          engine.must(
            `openssl s_client -connect ${ENGINE_NAME}:8200 </dev/null 2>/dev/null | openssl x509 -noout -serial`,
          )
        const before = await serial()
        // as if it expired within a month
        const folder = '/run/systemd/system/postern-certificate.service.d'
        await engine.must(`mkdir -p ${folder}
(echo '[Service]'; echo ExecStart=; sed -n 's/^ExecStart=.*/& -force/p' /usr/lib/systemd/system/postern-certificate.service /lib/systemd/system/postern-certificate.service | head -n 1) >${folder}/due.conf`)
        await elapse('postern-certificate')
        await engine.must(`rm -r ${folder}; systemctl daemon-reload`)
        await engine.until(
          `openssl s_client -connect ${ENGINE_NAME}:8200 </dev/null 2>/dev/null | openssl x509 -noout -serial | grep -v '${before}'`,
        )
        await status()
      })

      it('is backed up by its timer, and has its audit log rotated', async () => {
        await elapse('postern-backup')
        expect(await engine.must('ls /var/backups/postern')).to.match(/^postern-\w+\.db$/)
        await engine.must('logrotate -f /etc/logrotate.d/postern')
        await engine.until('postern token lookup && [ -s /var/log/postern/audit.log ]')
        await engine.must('[ -s /var/log/postern/audit.log.1 ]')
      })

      it('has its timers again when its package was removed and installed', async () => {
        await engine.must(`dpkg -r postern; dpkg -i /setup/postern_${NEW}.deb`)
        expect((await engine.sh('systemctl is-enabled postern-backup.timer')).code).to.not.equal(0)
        await engine.must(SETUP)
        await engine.must(
          'systemctl is-active postern.service postern-backup.timer postern-certificate.timer',
        )
        await status()
      })
    })

    describe('a host', () => {
      let host: BootedHost

      before(async () => {
        host = await prepared('web', 31)
      })

      it('is as it was after a reboot without a confirmation', async () => {
        await setUpHost(host)
        await lets(host, true)
        await host.reboot()
        await lets(host, false)
        expect((await host.sh(`ls /etc/ssh/sshd_config.d/*postern*`)).code).to.not.equal(0)
      })

      it('is as it was after the time for a confirmation', async () => {
        await setUpHost(host, '-confirm-within=8s')
        await lets(host, true)
        await host.until('! ls /etc/ssh/sshd_config.d/*postern*')
        // it also closes connections that have not authenticated
        await host.until(`! systemctl list-units --no-legend 'postern-setup*' | grep .`)
        await lets(host, false)
      })

      it('stays as it is when it is confirmed in a new login, also after a reboot', async () => {
        await setUpHost(host)
        const confirmed = await host.withKey('postern-helper setup -confirm')
        expect([confirmed.code, confirmed.stdout]).to.deep.equal([
          0,
          'confirmed: the set-up is kept\n',
        ])
        await host.reboot()
        const session = await lets(host, true)
        // the stack of sshd has logind make a session
        expect(session).to.match(/session-\w+\.scope/)
      })

      it('fetches, reports and checks by units that are confined', async () => {
        await postern('write ssh/config/ca generate_signing_key=true')
        await postern(
          'write ssh/roles/hosts key_type=ca allow_host_certificates=true allowed_domains=example.com allow_subdomains=true ttl=24h',
        )
        const token = await postern('token create -policy=admin -ttl=1h -field=token')
        await host.must(`(umask 077; echo ${token} >/etc/postern/token)
cp /etc/postern/helper.toml /etc/postern/hosts.toml
echo PRINCIPALS=web.example.com >/etc/postern/host-cert.env`)
        for (const unit of cases(HOST_UNITS)) await host.must(`systemctl start ${unit}.service`)
        await host.must(
          'ls /etc/ssh/postern-revoked /etc/ssh/postern-trusted /etc/ssh/*-cert.pub /var/lib/postern-helper/verify-keys',
        )
        const timers = HOST_UNITS.map(unit => `${unit}.timer`).join(' ')
        await host.must(`systemctl enable --now ${timers}; systemctl start postern-verify-keys`)
        expect(JSON.parse(await postern('read -format=json ssh/hosts/web')).data).to.include({
          check: 'ok',
          krl_version: 0,
        })
        await exposures(host, HOST_UNITS)
      })

      it('goes on checking itself when the files of sshd change many times', async () => {
        await host.must(
          'for each in $(seq 10); do echo "#" >>/etc/ssh/sshd_config; sleep 0.6; done',
        )
        await host.must('systemctl is-active postern-check.path')
        expect(await host.must('systemctl --failed --no-legend')).to.equal('')
      })

      it('keeps a login while the package is upgraded, removed and purged, and leaves nothing', async () => {
        const login = host.withPassword(await issue(host), 'sleep 10; echo still here')
        await host.until(`loginctl list-sessions --no-legend | grep alice`)
        await host.must(`dpkg -i /setup/postern-helper_${NEW}.deb`)
        await host.must('systemctl is-active postern-check.timer postern-krl.timer')
        await host.must('dpkg -r postern-helper')
        expect(await host.must(`systemctl list-units --all --no-legend 'postern*'`)).to.equal('')
        await lets(host, false)
        await host.must('dpkg -P postern-helper; rm /etc/ssh/postern-*')
        expect((await login).stdout).to.equal('still here\n')
        expect(await host.must(LEFT)).to.equal('')
      })
    })

    describe('a host with ssh.socket', () => {
      it('is set up, and undone under a session', async () => {
        const host = await prepared('socket', 32)
        await host.must('systemctl disable --now ssh.service; systemctl enable --now ssh.socket')
        await setUpHost(host)
        expect((await host.withKey('postern-helper setup -confirm')).code).to.equal(0)
        const session = host.withPassword(await issue(host), 'sleep 5; echo still here')
        await host.until(`loginctl list-sessions --no-legend | grep alice`)
        const { stdout } = await host.sh('postern-helper setup -undo -yes; echo "exit code $?"')
        expect(stdout).to.match(/^exit code 0$/m)
        expect(stdout).to.contain('-(not shown)')
        expect((await session).stdout).to.equal('still here\n')
        await lets(host, false)
      })
    })

    describe('the engine, at the end,', () => {
      it('is undone with its data, and its package leaves nothing', async () => {
        await engine.must('postern operator setup -undo -delete-data')
        expect(
          await engine.must('ls -A /var/lib/postern /var/backups/postern | grep -v :'),
        ).to.equal('')
        await engine.must('dpkg -P postern')
        expect(await engine.must(`systemctl list-units --all --no-legend 'postern*'`)).to.equal('')
        expect(await engine.must(LEFT)).to.equal('')
      })
    })
  })
