import { chmodSync, chownSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { CHECKS } from '../../../../helper/doctor/checks.ts'
import { cases } from '../../../support/cases.ts'
import { DoctorHost } from '../../../support/doctor-host.ts'

const PAM = '/etc/pam.d/sshd'
const TOML = '/etc/postern/helper.toml'
const AUTH = /^auth .*\n/gm
const BEFORE = '# begin postern'

/** What one check finds on a host. */
async function found(name: string, make: (host: DoctorHost) => unknown) {
  using host = new DoctorHost()
  make(host)
  const check = CHECKS.find(each => each.name === name)
  if (!check) throw new Error(`there is no check ${name}`)
  return check.run(host.context())
}

const before = (line: string) => (host: DoctorHost) =>
  host.edit(PAM, text => text.replace(BEFORE, `${line}\n${BEFORE}`))
const pam = (from: string | RegExp, to: string) => (host: DoctorHost) =>
  host.edit(PAM, text => text.replace(from, to))
const dropIn = (keyword: string, value: string) => (host: DoctorHost) => {
  host.sshd(keyword.toLowerCase(), value)
  host.write('/etc/ssh/sshd_config.d/05-other.conf', `${keyword} ${value}\n`)
}
const setting = (line: string) => (host: DoctorHost) =>
  host.edit(TOML, text => `${text.replace(/^allowed_roles.*\n/m, '')}${line}\n`)

/** Each: the check, its cause, what makes it, and the command that mends it. */
const FOUND: readonly (readonly [string, string, (host: DoctorHost) => unknown, RegExp])[] = [
  ['configuration', 'invalid', setting('alowed = 1'), /^editor .*alowed/],
  ['configuration', 'missing', host => host.remove(TOML), /^postern-helper setup/],
  [
    'configuration',
    'writable',
    host => chmodSync(join(host.root, TOML), 0o666),
    /^chmod go-w \S+helper\.toml$/,
  ],
  ['allowed-roles', 'no-role', setting(''), /^sed -i .*allowed_roles = "\*"/],
  [
    'allowed-roles',
    'no-user',
    setting('allowed_roles = "*"\nallowed_users = []'),
    /allowed_users = "\*"/,
  ],
  ['program', 'missing', host => host.remove('/usr/local/sbin/postern-helper'), /^install -m 755/],
  [
    'program',
    'not-executable',
    host => chmodSync(join(host.root, '/usr/local/sbin/postern-helper'), 0o644),
    /^chmod 755 /,
  ],
  [
    'program',
    'writable',
    host => chmodSync(join(host.root, '/usr/local/sbin/postern-helper'), 0o777),
    /chmod go-w/,
  ],
  [
    'program',
    'fails',
    host => host.prints('/usr/local/sbin/postern-helper -version', 'Trace/breakpoint trap', 133),
    / -version +#/,
  ],
  [
    'program',
    'version',
    host => host.prints('/usr/local/sbin/postern-helper -version', 'postern-helper 0.0.1\n'),
    /^install /,
  ],
  [
    'stored-keys',
    'directory',
    setting(
      'allowed_roles = "*"\nstate_directory = "/nowhere/postern"\nverify_keys = "ed25519:KMlhJ8ZnnmZ/SdVVFMYGv0CEzEoMKMfAk1h4wgzzGfg="',
    ),
    /^install -d -m 700 \/nowhere\/postern && postern-helper verify-keys$/,
  ],
  [
    'host-key',
    'unusable',
    setting('allowed_roles = "*"\nhost_name = "web"\nhost_key = "/nowhere/key"'),
    /^postern-helper enroll -name=web /,
  ],
  [
    'sshd-configuration',
    'directory',
    host => host.prints('sshd -T', 'Missing privilege separation directory: /run/sshd\n', 255),
    /^install -d -m 755 \/run\/sshd$/,
  ],
  [
    'sshd-configuration',
    'invalid',
    host =>
      host.prints(
        'sshd -T',
        '/etc/ssh/sshd_config: line 124: Bad configuration option: UsePAN\n',
        255,
      ),
    /^editor \+124 \/etc\/ssh\/sshd_config /,
  ],
  [
    'sshd-configuration',
    'missing',
    host => host.programs.delete('sshd -T'),
    /install openssh-server/,
  ],
  [
    'sshd-include',
    'missing',
    host => host.write('/etc/ssh/sshd_config', 'UsePAM yes\n'),
    /^sed -i '1i Include/,
  ],
  [
    'sshd-include',
    'conditional',
    host =>
      host.write(
        '/etc/ssh/sshd_config',
        'Match User bob\n  Include /etc/ssh/sshd_config.d/*.conf\n',
      ),
    /^sed -i '2d' .*1i Include/,
  ],
  [
    'leftover',
    'tells-users',
    host =>
      host.write(
        '/etc/ssh/sshd_config.d/20-breakglass.conf',
        'Match Group breakglass\n  AuthenticationMethods publickey\n',
      ),
    /^sed -i '2d' .*20-breakglass/,
  ],
  [
    'leftover',
    'lock-out',
    host => {
      host.write('/etc/ssh/sshd_config.d/20-breakglass.conf', 'AuthorizedKeysFile none\n')
      host.edit(PAM, text => text.replace(AUTH, ''))
    },
    /^rm -f /,
  ],
  ['use-pam', 'off', dropIn('UsePAM', 'no'), /^sed -i '1s\/\^\/# \/' .*05-other/],
  [
    'use-pam',
    'off',
    host => {
      host.sshd('usepam', 'no')
      host.write('/etc/ssh/sshd_config.d/10-postern.conf', '')
      host.write('/etc/ssh/sshd_config', 'Include /etc/ssh/sshd_config.d/*.conf\n')
    },
    /^sed -i '1i UsePAM yes' \/etc\/ssh\/sshd_config /,
  ],
  [
    'keyboard-interactive',
    'off',
    dropIn('KbdInteractiveAuthentication', 'no'),
    /05-other\.conf && sshd -t/,
  ],
  [
    'authentication-methods',
    'without',
    dropIn('AuthenticationMethods', 'publickey'),
    /05-other\.conf/,
  ],
  [
    'authentication-methods',
    'order',
    dropIn('AuthenticationMethods', 'keyboard-interactive:pam,publickey'),
    /publickey,keyboard-interactive/,
  ],
  ['other-passwords', 'password', dropIn('PasswordAuthentication', 'yes'), /05-other/],
  [
    'other-passwords',
    'kerberos',
    host => {
      host.sshd('passwordauthentication', 'yes')
      host.sshd('kerberosauthentication', 'yes')
    },
    /10-postern/,
  ],
  ['sshd-limits', 'grace', dropIn('LoginGraceTime', '2'), /05-other/],
  ['sshd-limits', 'tries', dropIn('MaxAuthTries', '1'), /05-other/],
  [
    'sshd-limits',
    'penalties',
    host => host.sshd('persourcepenalties', 'crash:90 authfail:3600 max:7200'),
    /authfail:5/,
  ],
  [
    'match-blocks',
    'differs',
    host =>
      host.write(
        '/etc/ssh/sshd_config.d/30-x.conf',
        'Match Address 10.0.0.0/8\n  PasswordAuthentication yes\n',
      ),
    /doctor -user=/,
  ],
  [
    'pam-service',
    'missing',
    host => host.sshd('pamservicename', 'postern-sshd'),
    /> \S+postern-sshd$/,
  ],
  [
    'pam-service',
    'fallback',
    host => {
      host.sshd('pamservicename', 'postern-sshd')
      host.write('/usr/lib/pam.d/postern-sshd', 'auth requisite pam_deny.so\n')
    },
    / > \/etc\/pam\.d\/postern-sshd$/,
  ],
  [
    'pam-service',
    'not-listed',
    setting('allowed_roles = "*"\nservices = "other"'),
    /services = \["other","sshd"\]/,
  ],
  ['pam-service', 'missing', host => host.remove(PAM), /account include common-account.* > /],
  ['pam-includes', 'broken', before('@include nowhere'), /^sed -i 2d \/etc\/pam\.d\/sshd$/],
  ['pam-helper', 'no-auth', pam(AUTH, ''), /^printf .*pam_exec.*>> \/etc\/pam\.d\/sshd$/],
  [
    'pam-helper',
    'no-line',
    host =>
      host.edit(PAM, text => text.replace(AUTH, '').replace(/^# begin.*/m, '@include common-auth')),
    /^sed -i '2c # begin postern, in place of: @include common-auth\\nauth requisite pam_nologin/,
  ],
  ['pam-helper', 'no-line', pam(/^auth.*pam_exec.*\n/m, ''), /^sed -i '3i auth requisite pam_exec/],
  ['pam-other-ways', 'lets-in', before('auth sufficient pam_unix.so'), /^sed -i 2d /],
  ['pam-other-ways', 'lets-in', before('auth sufficient pam_permit.so'), /^sed -i 2d /],
  ['pam-flags', 'wrong', pam('-tell-user', '-tel-user'), /did you mean -tell-user/],
  ['pam-flags', 'wrong', pam('-tell-user', '-version'), /^sed -i '4s/],
  ['pam-flags', 'dev', pam('-tell-user', '-dev'), /^sed -i '4s/],
  ['pam-flags', 'quiet', pam('quiet ', ''), /& quiet/],
  ['pam-password', 'no-expose', pam('expose_authtok ', ''), /& expose_authtok/],
  ['pam-password', 'type', pam('quiet ', 'quiet type=account '), /s\/ type=account\/\//],
  [
    'pam-refuses',
    'refuses',
    pam('# end postern', 'auth required pam_deny.so\n# end postern'),
    /^sed -i '6d' /,
  ],
  ['pam-credentials', 'missing', pam(/^auth.*pam_env.*\n/m, ''), /4a auth required pam_env\.so/],
  ['pam-counters', 'faillock', before('auth required pam_faillock.so preauth'), /^sed -i 2d /],
  [
    'pam-counters',
    'fails-at-good-logins',
    pam(/^auth.*pam_env.so/m, 'auth optional pam_unix.so use_first_pass nodelay'),
    /5c auth required pam_env\.so/,
  ],
  ['pam-slip', 'opens', pam(/^auth.*pam_env.so/m, 'auth required pam_permit.so'), /5c auth/],
  ['pam-slip', 'opens', before('auth required pam_shells.so'), /2s\/auth\/account\//],
  [
    'pam-slip',
    'fragment',
    host => {
      const lines = host.view.text(PAM)?.match(AUTH) ?? []
      host.write('/etc/pam.d/postern-ssh', lines.join(''))
      host.edit(PAM, text =>
        text.replace(AUTH, '').replace('# end postern', 'auth include postern-ssh'),
      )
    },
    /^editor /,
  ],
  ['pam-slip', 'no-nologin', pam(/^auth.*pam_nologin.*\n/m, ''), /i auth requisite pam_nologin/],
  ['pam-account', 'skips', before('account sufficient pam_permit.so'), /s\/sufficient\/required\//],
  ['pam-account', 'none', pam(/^(?:account|@include).*\n/gm, ''), /account required pam_unix/],
  ['nologin', 'present', host => host.write('/etc/nologin', 'closed\n'), /^rm \/etc\/nologin$/],
  [
    'setup-pending',
    'waiting',
    host => host.write('/var/lib/postern-helper/setup/unfinished.json', '{"state":"waiting"}'),
    /^postern-helper setup -confirm +# in a new login$/,
  ],
  [
    'setup-pending',
    'cut-off',
    host => host.write('/var/lib/postern-helper/setup/unfinished.json', '{"state":"writing"}'),
    /^postern-helper setup -undo /,
  ],
  [
    'selinux',
    'no-module',
    host => {
      host.write('/sys/fs/selinux/enforce', '1')
      host.prints('semodule -l', 'abrt\nssh\n')
    },
    /^cd .* && semodule -i postern_helper\.pp /,
  ],
  [
    'selinux',
    'denied',
    host => {
      host.write('/sys/fs/selinux/enforce', '1')
      host.prints('semodule -l', 'postern\n')
      host.write('/var/log/audit/audit.log', '')
      const at = Math.floor(host.now / 1000)
      host.prints(
        'tail -c 2000000 /var/log/audit/audit.log',
        `type=AVC msg=audit(${at}.123:456): avc:  denied  { name_connect } for  pid=1 comm="postern-helper" dest=8200 scontext=system_u:system_r:sshd_t:s0\n`,
      )
    },
    /^ausearch /,
  ],
  [
    'apparmor',
    'confined',
    host => host.write('/proc/self/attr/apparmor/current', 'postern-helper (enforce)\n'),
    /^aa-exec -p unconfined -- postern-helper doctor$/,
  ],
  [
    'apparmor',
    'denied',
    host => {
      host.write('/var/log/kern.log', '')
      const at = Math.floor(host.now / 1000)
      host.prints(
        'tail -c 2000000 /var/log/kern.log',
        `web kernel: audit: type=1400 audit(${at}.1:7): apparmor="DENIED" operation="open" profile="postern-helper" name="/etc/x"\n`,
      )
    },
    /^aa-logprof +# .* postern-helper$/,
  ],
  [
    'timers',
    'disabled',
    host => {
      host.write('/run/systemd/system/x', '')
      host.prints('systemctl is-enabled postern-check.timer', 'disabled\n')
    },
    /^systemctl enable --now postern-check\.timer$/,
  ],
  ['timers', 'missing', host => host.write('/run/systemd/system/x', ''), /postern-check\.\*/],
]

const LOG = '/var/log/helper.log'

/** A host whose helper has refused a password for another address. @param user as the log writes it */
const refusing = (user: string) => (host: DoctorHost) => {
  setting(`allowed_roles = "*"\nlog_file = "${LOG}"`)(host)
  host.write(LOG, '')
  const reason = 'OTP was issued for another ip'
  host.prints(
    `tail -n 400 ${LOG}`,
    `${new Date(host.now).toISOString()} web postern-helper[7]: decision=denied end=denied ms=9 reason="${reason}" correlation=00 user=${user} from=10.1.2.9 host=10.1.2.3\n`,
  )
}

describe('The checks of the doctor', () => {
  it('have names of their own', () => {
    const names = CHECKS.map(({ name }) => name)
    expect(new Set(names).size).to.equal(names.length)
    expect(names.filter(name => !/^[a-z]+(?:-[a-z]+)*$/.test(name))).to.deep.equal([])
  })

  for (const [at, { name, dependsOn }] of cases(CHECKS.entries()))
    it(`tries ${name} behind what it depends on`, () => {
      const earlier = CHECKS.slice(0, at).map(each => each.name)
      expect(dependsOn.filter(needed => !earlier.includes(needed))).to.deep.equal([])
    })

  for (const [name, cause, make, mend] of FOUND)
    it(`${name} finds ${cause}, and names ${mend}`, async () => {
      const finding = await found(name, make)
      expect(finding?.cause).to.equal(cause)
      expect(finding?.mend).to.match(mend)
      expect(finding?.says).to.match(/^\S.{10,}[^.]$/s)
    })

  for (const name of cases(new Set(FOUND.map(([each]) => each))))
    it(`${name} finds nothing on a host that is as it should be`, async () => {
      expect(await found(name, () => undefined)).to.equal(undefined)
    })

  it('name the address that a refused client dialled', async () => {
    const finding = await found('last-login', refusing('alice'))
    expect(finding?.cause).to.equal('address')
    expect(finding?.mend).to.match(/^postern write ssh\/creds\/ROLE username=alice ip=10\.1\.2\.3 /)
  })

  for (const user of ['"$(reboot)"', '";reboot;"', '`reboot`', '-rf', '"a\\n"'])
    it(`put nothing into a command that a client wrote: ${user}`, async () => {
      const finding = await found('last-login', refusing(user))
      expect(finding?.mend).to.match(
        /^postern write ssh\/creds\/ROLE username=USER ip=10\.1\.2\.3 /,
      )
    })

  it('forget a refusal after a while', async () => {
    const old = (host: DoctorHost) => {
      refusing('alice')(host)
      host.now += 16 * 60_000
    }
    expect(await found('last-login', old)).to.equal(undefined)
  })

  it('take no file of another user for safe', async () => {
    if (process.getuid?.() !== 0) return
    using host = new DoctorHost()
    chownSync(join(host.root, TOML), 12_345, 12_345)
    const finding = await CHECKS.find(({ name }) => name === 'configuration')?.run(host.context())
    expect(finding).to.include({ cause: 'owner' })
    expect(finding).not.to.have.property('safe')
  })

  it('mends nothing of PAM or sshd by itself', async () => {
    const safe = await Promise.all(
      FOUND.map(async ([name, , make]) => ({ name, safe: (await found(name, make))?.safe })),
    )
    const names = safe.filter(each => each.safe).map(each => each.name)
    expect(names).to.include('configuration')
    expect(names.filter(name => /^pam|^use-pam|^keyboard|^sshd-[^c]/.test(name))).to.deep.equal([])
  })
})
