import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect } from 'chai'
import { cases } from '../../support/cases.ts'
import type { Host } from '../../support/lab.ts'
import { RELEASES, type Release } from '../../support/releases.ts'
import { RELOAD_SSHD } from '../../support/reload-sshd.ts'
import { Site } from '../../support/site.ts'

const HELPER = '/usr/local/sbin/postern-helper'
const PASSWORD = 'unix-password'
const NOT_READY = 2

/** Who gets in: with the password of the account, with any word, with a one-time password, with a key. */
type In = readonly [unix: boolean, junk: boolean, otp: boolean, key: boolean]

const RIGHT: In = [false, false, true, true]
const CLOSED: In = [false, false, false, true]
const UNIX: In = [true, false, false, true]
const OPEN: In = [true, true, true, true]
const SHUT: In = [false, false, false, false]

interface State {
  readonly what: string
  /** Bash that makes it of a host as it should be. */
  readonly make: string
  readonly lets: In
  readonly code: number
  readonly says: RegExp
  /** Where alone it can be. */
  readonly on?: Release
}

const file = '/etc/pam.d/sshd'
const READY = /^PAM service sshd: only postern-helper lets users in by password/m
const putBefore = (line: string) => `sed -i 's/^# begin postern/${line}\\n&/' ${file}`
const putAfter = (line: string) => `sed -i 's/^# end postern/&\\n${line}/' ${file}`
const comment = (module: string) => `sed -i '/^auth.*${module}/s/^/# /' ${file}`

const STATES: readonly State[] = [
  { what: 'is as it should be', make: ':', lets: RIGHT, code: 0, says: READY },
  {
    what: 'has only the line of pam_env',
    make: `${comment('pam_exec')}; ${comment('pam_nologin')}`,
    lets: CLOSED,
    code: NOT_READY,
    says: /no auth line of sshd runs postern-helper/,
  },
  {
    what: 'has only the line of the helper',
    make: `${comment('pam_env')}; ${comment('pam_nologin')}`,
    lets: CLOSED,
    code: NOT_READY,
    says: /says yes when sshd sets credentials/,
  },
  {
    what: 'has its auth lines commented out',
    make: `sed -i 's/^auth/# auth/' ${file}`,
    lets: UNIX,
    code: NOT_READY,
    says: /takes those of the service "other".*pam_unix\.so .* lets users in/,
  },
  {
    what: 'lacks the helper',
    make: `rm ${HELPER}`,
    lets: CLOSED,
    code: NOT_READY,
    says: /postern-helper is not there/,
  },
  {
    what: "has been upgraded with the maintainer's file",
    make: `dpkg --force-confask --force-confnew -i /opt/openssh-server.deb </dev/null; grep -q '^@include common-auth' ${file}`,
    lets: UNIX,
    code: NOT_READY,
    says: /no auth line of sshd runs postern-helper.*pam_unix\.so .* lets users in/,
  },
  {
    what: 'is empty',
    make: `: > ${file}`,
    lets: UNIX,
    code: NOT_READY,
    says: /takes those of the service "other"/,
  },
  {
    what: 'is missing',
    make: `rm ${file}`,
    lets: UNIX,
    code: NOT_READY,
    says: /takes those of the service "other"/,
  },
  {
    what: 'lets all pass before the lines',
    make: putBefore('auth required pam_shells.so'),
    lets: RIGHT,
    code: 0,
    says: READY,
  },
  {
    what: 'lets all pass after the lines',
    make: putAfter('auth required pam_shells.so'),
    lets: RIGHT,
    code: 0,
    says: READY,
  },
  {
    what: 'lets all pass before the lines, which are commented out',
    make: `${putBefore('auth required pam_shells.so')}; ${comment('pam_exec')}`,
    lets: OPEN,
    code: NOT_READY,
    says: /pam_shells\.so \(\/etc\/pam\.d\/sshd line \d+\) lets users in/,
  },
  {
    what: 'lets all pass before a helper for another type',
    make: `${putBefore('auth required pam_shells.so')}; sed -i 's/quiet stdout expose/quiet stdout type=account expose/' ${file}`,
    lets: OPEN,
    code: NOT_READY,
    says: /pam_shells\.so .* lets users in/,
  },
  {
    what: 'has pam_permit enough, before the lines',
    make: putBefore('auth sufficient pam_permit.so'),
    lets: OPEN,
    code: NOT_READY,
    says: /pam_permit\.so .* lets users in/,
  },
  {
    what: 'has pam_unix enough, before the lines',
    make: putBefore('auth sufficient pam_unix.so nodelay'),
    lets: [true, false, true, true],
    code: NOT_READY,
    says: /pam_unix\.so .* lets users in/,
  },
  {
    what: 'has pam_succeed_if before the lines',
    make: putBefore('auth requisite pam_succeed_if.so quiet user != nosuch'),
    lets: RIGHT,
    code: 0,
    says: READY,
  },
  {
    what: 'has pam_env before the lines and pam_faildelay after them',
    make: `${putBefore('auth required pam_env.so')}; ${putAfter('auth optional pam_faildelay.so delay=1')}`,
    lets: RIGHT,
    code: 0,
    says: READY,
  },
  {
    what: 'has pam_deny after the lines',
    make: putAfter('auth required pam_deny.so'),
    lets: CLOSED,
    code: NOT_READY,
    says: /refuse every one-time password/,
  },
  {
    what: 'has a control that is misspelt',
    make: `sed -i 's/^auth requisite pam_exec/auth reqisite pam_exec/' ${file}`,
    lets: CLOSED,
    code: NOT_READY,
    says: /refuse every one-time password/,
  },
  {
    what: 'includes a file that is missing',
    make: putBefore('@include nowhere'),
    lets: SHUT,
    code: NOT_READY,
    says: /nowhere, which is not there: PAM refuses every login/,
  },
  {
    what: 'lets a group in with the password of the account',
    make: `groupadd breakglass; usermod -aG breakglass alice
      sed -i -e 's/^auth requisite pam_exec/auth [success=done ignore=ignore default=ignore] pam_exec/' \
        -e 's/^auth required  pam_env.so/auth requisite pam_succeed_if.so quiet user ingroup breakglass\\nauth required pam_unix.so use_first_pass nodelay/' ${file}`,
    lets: [true, false, true, true],
    code: 0,
    says: /only postern-helper .*; members of the group breakglass may log in with the password/,
  },
  {
    what: 'uses another configuration',
    make: `cp -p /etc/postern/helper.toml /etc/other.toml
      sed -i 's|sbin/postern-helper|& -config=/etc/other.toml|' ${file}`,
    lets: RIGHT,
    code: NOT_READY,
    says: /^sshd is not judged: its PAM stack uses \/etc\/other\.toml, not \/etc\/postern\/helper\.toml \(run it with -config=\/etc\/other\.toml\)$/m,
  },
  {
    what: 'has the helper trust any engine',
    make: `sed -i 's|sbin/postern-helper|& -dev|' ${file}`,
    lets: RIGHT,
    code: NOT_READY,
    says: /has -dev, which may accept any server as the engine/,
  },
  {
    what: 'is not asked, since UsePAM is off',
    make: `echo 'UsePAM no' > /etc/ssh/sshd_config.d/05-off.conf; ${RELOAD_SSHD}`,
    lets: CLOSED,
    code: NOT_READY,
    says: /UsePAM is not yes/,
  },
  {
    what: 'is not asked, since another service is that is missing',
    on: 'trixie',
    make: `echo 'PAMServiceName OTP' > /etc/ssh/sshd_config.d/05-service.conf; ${RELOAD_SSHD}`,
    lets: UNIX,
    code: NOT_READY,
    says: /^PAM service otp: .*; otp has no auth line.*pam_unix\.so .* lets users in/m,
  },
  {
    what: 'is not asked, since another service is that helper.toml does not list',
    on: 'trixie',
    make: `mv ${file} /etc/pam.d/otp
      echo 'PAMServiceName otp' > /etc/ssh/sshd_config.d/05-service.conf; ${RELOAD_SSHD}`,
    lets: CLOSED,
    code: NOT_READY,
    says: /^PAM service otp: services in \/etc\/postern\/helper.toml lacks "otp"/m,
  },
  {
    what: 'is not asked, since another service is that is as it should be',
    on: 'trixie',
    make: `mv ${file} /etc/pam.d/otp
      echo 'services = "otp"' >> /etc/postern/helper.toml
      echo 'PAMServiceName otp' > /etc/ssh/sshd_config.d/05-service.conf; ${RELOAD_SSHD}`,
    lets: RIGHT,
    code: 0,
    says: /^PAM service otp: only postern-helper lets users in by password/m,
  },
]

for (const release of RELEASES)
  describe(`The PAM stack of sshd on ${release}`, function () {
    this.timeout(120_000)

    let site: Site
    let number = 30
    before(async () => {
      site = await Site.start()
      await site.must('secrets', 'enable', 'ssh')
      const role = ['key_type=otp', 'default_user=alice', 'cidr_list=10.77.0.0/24', 'ttl=5m']
      await site.must('write', 'ssh/roles/ops', ...role)
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(site.folder, 'key')])
    })
    after(() => site[Symbol.asyncDispose]())

    const withKey = (host: Host) => {
      const options = [
        'BatchMode=yes',
        'IdentitiesOnly=yes',
        `UserKnownHostsFile=${site.knownHosts}`,
      ]
      const words = ['-F', '/dev/null', '-i', join(site.folder, 'key')]
      return site.lab.run([
        ...['ssh', ...words, ...options.flatMap(option => ['-o', option])],
        ...[`alice@${host.ip4}`, 'id -un'],
      ])
    }

    const states = STATES.filter(({ on = release }) => on === release)
    for (const { what, make, lets, code, says } of cases(states))
      it(`which ${what}`, async () => {
        const host = await site.host({
          name: `h${number}`,
          number: number++,
          release,
          setup: `echo 'alice:${PASSWORD}' | chpasswd
            install -d -m 700 -o alice /home/alice/.ssh
            install -m 600 -o alice /setup/key.pub /home/alice/.ssh/authorized_keys
            # a file of the host's own, which a state can take away
            cp -L ${HELPER} /run/helper`,
        })
        const made = await host.run(['bash', '-c', make])
        expect(made.code, made.stdout + made.stderr).to.equal(0)
        const typed = async (otp: string) =>
          (await site.login({ host, user: 'alice', otp })).code === 0
        const otp = await site.issue('ops', 'alice', host.ip4)
        const came = await Promise.all([
          typed(PASSWORD),
          typed('junk'),
          typed(otp),
          withKey(host).then(({ code }) => code === 0),
        ])
        const verified = await host.run(['/run/helper', '-verify-only'])
        await site.lab.remove(host)
        expect(came).to.deep.equal(lets)
        expect([verified.code, verified.stdout + verified.stderr]).to.satisfy(
          ([ended, said]: [number, string]) => ended === code && says.test(said),
          `${verified.code} ${verified.stdout}${verified.stderr}`,
        )
      })
  })
