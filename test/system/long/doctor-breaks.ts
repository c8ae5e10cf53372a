import type { Host } from '../../support/lab.ts'
import type { Release } from '../../support/releases.ts'
import type { Site } from '../../support/site.ts'

/** A way to break a host that is as it should be, and what the doctor must say first. */
export interface Break {
  readonly what: string
  /** Bash on the host. */
  readonly make?: string
  /** On the engine, or by a login. */
  readonly act?: (site: Site, host: Host) => Promise<unknown>
  /** Check and cause of the first failure, or of the first warning if there is none. */
  readonly first: string
  readonly level?: 'warning'
  /** What the command of the doctor must match; the command itself is run, until the doctor finds nothing more. */
  readonly mend: RegExp
  /** Bash that mends it where the command has something to fill in, or is for the engine. */
  readonly undo?: string
  readonly undoAct?: (site: Site, host: Host) => Promise<unknown>
  readonly on?: readonly Release[]
  /** Variables of the doctor. */
  readonly env?: string
}

const TOML = '/etc/postern/helper.toml'
const PAM = '/etc/pam.d/sshd'
const DROP_INS = '/etc/ssh/sshd_config.d'

const set = (key: string, value: string) =>
  `sed -i -e '$a ${key} = ${value}' -e '/^${key} /d' ${TOML}`
const restore = `cp -p /run/helper.toml ${TOML}`
const dropIn = (text: string) =>
  `printf '${text}\\n' > ${DROP_INS}/05-other.conf; systemctl reload ssh`
const ENGINE = '10.77.0.1'

/** Breaks of the way to the engine. */
const WAY: readonly Break[] = [
  {
    what: 'the CA of another engine',
    make: 'cp /setup/other/ca.pem /etc/postern/ca.pem',
    first: 'authority/untrusted',
    mend: /^postern-helper setup -engine=https:\/\/10\.77\.0\.1:8200 -ca-fingerprint=/,
    undo: 'cp /setup/ca.pem /etc/postern/ca.pem',
  },
  {
    what: 'an address at which there is no machine',
    make: set('vault_addr', '"https://10.77.0.200:8200"'),
    first: 'route/no-route',
    mend: /^ip route get 10\.77\.0\.200 .*vault_addr/,
    undo: restore,
  },
  {
    what: 'a port at which no engine runs',
    make: set('vault_addr', '"https://10.77.0.1:8299"'),
    first: 'firewall/refused',
    mend: /vault_addr/,
    undo: restore,
  },
  {
    what: 'a port at which another program speaks',
    make: set('vault_addr', '"https://127.0.0.1:22"'),
    first: 'tls/not-tls',
    mend: /vault_addr/,
    undo: restore,
  },
  {
    what: 'a clock that is ten minutes ahead',
    first: 'clock/off',
    mend: /^chronyc makestep \|\| timedatectl set-ntp true$/,
    env: 'LD_PRELOAD=/setup/libfaketime.so.1 FAKETIME=+600',
    undo: ':',
    on: ['bookworm', 'trixie'],
  },
  {
    what: 'a clock that is ten minutes behind',
    first: 'clock/off',
    mend: /^chronyc makestep \|\| timedatectl set-ntp true$/,
    env: 'LD_PRELOAD=/setup/libfaketime.so.1 FAKETIME=-600',
    undo: ':',
    on: ['bookworm', 'trixie'],
  },
  {
    what: 'a firewall that drops',
    make: `ip neigh replace ${ENGINE} lladdr 02:00:00:00:00:99 dev eth0 nud permanent`,
    first: 'firewall/dropped',
    mend: /^nft add rule .* dport 8200 accept/,
    undo: `ip neigh del ${ENGINE} dev eth0`,
  },
  {
    what: 'a rule that prohibits',
    make: `ip route add prohibit ${ENGINE}`,
    first: 'route/prohibited',
    mend: /^ip route del prohibit 10\.77\.0\.1$/,
  },
  {
    what: 'a rule that rejects',
    make: `ip route add unreachable ${ENGINE}`,
    first: 'route/prohibited',
    mend: /^ip route del unreachable 10\.77\.0\.1$/,
  },
  {
    what: 'an engine that has ended',
    act: site => site.crashEngine(),
    first: 'firewall/refused',
    mend: /^systemctl start postern +# on the engine/,
    undoAct: site => site.startEngine(),
  },
  {
    what: 'an engine that hangs',
    act: site => site.freezeEngine(),
    first: 'tls/silent',
    mend: /^systemctl restart postern +# on the engine/,
    undoAct: site => site.thawEngine(),
  },
  {
    what: 'no name server',
    make: `echo 'nameserver 127.0.0.1' > /etc/resolv.conf; ${set('vault_addr', '"https://engine.test:8200"')}`,
    first: 'name-service/no-answer',
    mend: /resolv\.conf.*engine\.test/,
    undo: restore,
  },
  {
    what: 'a name that no address has',
    make: `cp /etc/nsswitch.conf /run; sed -i 's/^hosts:.*/hosts: files/' /etc/nsswitch.conf
      ${set('vault_addr', '"https://engine.test:8200"')}`,
    first: 'name-service/no-such-name',
    mend: /^echo ADDRESS engine\.test >> \/etc\/hosts/,
    undo: `cp /run/nsswitch.conf /etc; ${restore}`,
  },
  {
    what: 'a host without IPv4, and an engine with nothing else',
    make: 'ip -4 addr flush dev eth0',
    first: 'route/no-route',
    mend: /^ip route get 10\.77\.0\.1 /,
    undo: 'ip addr add 10.77.0.11/24 dev eth0',
  },
  {
    what: 'a name that the certificate does not have',
    make: set('tls_server_name', '"other.example.com"'),
    first: 'server-name/mismatch',
    mend: /tls_server_name = "engine\.test"/,
  },
  {
    what: 'the pin of another key',
    make: set('pin_sha256', `"${'A'.repeat(43)}="`),
    first: 'pins/mismatch',
    mend: /pin_sha256 = "[\w+/]{43}="/,
  },
  {
    what: 'a certificate that has expired',
    act: site => site.serve({ days: -1 }),
    first: 'certificate/expired',
    mend: /^systemctl start postern-certificate\.service +# on the engine/,
    undoAct: site => site.serve({}),
  },
  {
    what: 'a certificate that ends tomorrow',
    act: site => site.serve({ days: 1 }),
    first: 'certificate/ending',
    level: 'warning',
    mend: /^systemctl start postern-certificate\.service/,
    undoAct: site => site.serve({}),
  },
  {
    what: 'a sealed engine',
    act: site => site.must('operator', 'seal'),
    first: 'sealed/sealed',
    mend: /^postern operator unseal/,
    undoAct: async site => {
      await site.crashEngine()
      await site.startEngine()
    },
  },
  {
    what: 'a mount that is not there',
    make: set('ssh_mount_point', '"other"'),
    first: 'mount/no-mount',
    mend: /ssh_mount_point = "ssh"/,
  },
  {
    what: 'a first engine that is dead',
    make: set('vault_addr', `["https://10.77.0.1:8299", "https://${ENGINE}:8200"]`),
    first: 'other-engines/slow',
    level: 'warning',
    mend: /vault_addr = \["https:\/\/10\.77\.0\.1:8200"\]/,
  },
]

/** Breaks of the helper and its files. */
const HELPER: readonly Break[] = [
  {
    what: 'no configuration',
    make: `rm ${TOML}`,
    first: 'configuration/missing',
    mend: /^postern-helper setup -engine=/,
    undo: restore,
  },
  {
    what: 'a configuration that others can write',
    make: `chmod 666 ${TOML}`,
    first: 'configuration/writable',
    mend: /^chmod go-w \/etc\/postern\/helper\.toml$/,
  },
  {
    what: 'a directory of the configuration that others can write',
    make: 'chmod 777 /etc/postern',
    first: 'configuration/writable',
    mend: /^chmod go-w \/etc\/postern$/,
  },
  {
    what: 'a configuration of another user',
    make: `chown alice ${TOML}`,
    first: 'configuration/owner',
    mend: /^chown root: /,
  },
  {
    what: 'an unknown key in the configuration',
    make: `echo 'alowed_users = "alice"' >> ${TOML}`,
    first: 'configuration/invalid',
    mend: /^editor .*alowed_users/,
    undo: restore,
  },
  {
    what: 'no role in allowed_roles',
    make: set('allowed_roles', '""'),
    first: 'allowed-roles/no-role',
    mend: /allowed_roles = "\*"/,
  },
  {
    what: 'a helper that is not executable',
    make: 'chmod 644 /usr/local/sbin/postern-helper',
    first: 'program/not-executable',
    mend: /^chmod 755 /,
  },
  {
    what: 'a helper that is gone',
    make: 'rm /usr/local/sbin/postern-helper',
    first: 'program/missing',
    mend: /^install -m 755 /,
  },
  {
    what: 'a helper that others can write',
    make: 'chmod 777 /usr/local/sbin/postern-helper',
    first: 'program/writable',
    mend: /chmod go-w /,
  },
  {
    what: 'CA certificates that others can write',
    make: 'chmod 666 /etc/postern/ca.pem',
    first: 'trust-files/mode',
    mend: /chmod go-w \/etc\/postern\/ca\.pem/,
  },
  {
    what: 'a log that others can read',
    make: 'touch /var/log/postern-helper.log; chmod 644 /var/log/postern-helper.log',
    first: 'log-file/mode',
    level: 'warning',
    mend: /chmod 600 /,
  },
  {
    what: 'a disk that is full',
    make: `mkdir -p /var/lib/postern-helper; mount -t tmpfs -o size=64k tmpfs /var/lib/postern-helper
      cat /dev/zero > /var/lib/postern-helper/fill || true`,
    first: 'disk/full',
    mend: /^du -xah \/var\/lib\/postern-helper/,
    undo: 'umount /var/lib/postern-helper',
  },
  {
    what: 'a read-only /etc',
    make: 'mount --bind /etc /etc; mount -o remount,bind,ro /etc',
    first: 'disk/read-only',
    level: 'warning',
    mend: /^mount -o remount,rw/,
    undo: 'umount /etc',
  },
  {
    what: 'a password for another address of the host',
    act: async (site, host) => {
      await host.run(['ip', 'addr', 'add', '10.77.0.61/24', 'dev', 'eth0'])
      const otp = await site.issue('ops', 'alice', '10.77.0.61')
      await site.login({ host, user: 'alice', otp })
    },
    first: 'last-login/address',
    level: 'warning',
    mend: /^postern write ssh\/creds\/ROLE username=alice ip=10\.77\.0\.11 .*allowed_cidr_list/,
    undoAct: goodLogin,
  },
  {
    what: 'a role that is not allowed',
    act: async (site, host) => {
      await host.run(['bash', '-c', set('allowed_roles', '"dev"')])
      const otp = await site.issue('ops', 'alice', host.ip4)
      await site.login({ host, user: 'alice', otp })
    },
    first: 'last-login/role',
    level: 'warning',
    mend: /allowed_roles = "\*"/,
    undo: restore,
    undoAct: goodLogin,
  },
]

async function goodLogin(site: Site, host: Host): Promise<void> {
  const otp = await site.issue('ops', 'alice', host.ip4)
  const { code, stderr } = await site.login({ host, user: 'alice', otp })
  if (code !== 0) throw new Error(stderr)
}

const asks = `grep -q '^auth.*pam_exec' ${PAM}`

/** Breaks of sshd and its PAM stack. */
const SSHD: readonly Break[] = [
  {
    what: 'UsePAM no in an earlier drop-in',
    make: dropIn('UsePAM no'),
    first: 'use-pam/off',
    mend: /05-other\.conf && sshd -t && /,
  },
  {
    what: 'keyboard-interactive off in an earlier drop-in',
    make: dropIn('KbdInteractiveAuthentication no\\nChallengeResponseAuthentication no'),
    first: 'keyboard-interactive/off',
    mend: /05-other\.conf && sshd -t && /,
    on: ['bookworm', 'trixie'],
  },
  {
    what: 'keyboard-interactive off, by its older name',
    make: dropIn('ChallengeResponseAuthentication no'),
    first: 'keyboard-interactive/off',
    mend: /05-other\.conf && sshd -t && /,
  },
  {
    what: 'only keys in AuthenticationMethods',
    make: dropIn('AuthenticationMethods publickey'),
    first: 'authentication-methods/without',
    mend: /05-other\.conf/,
  },
  {
    what: 'passwords by their own method',
    make: dropIn('PasswordAuthentication yes'),
    first: 'other-passwords/password',
    level: 'warning',
    mend: /05-other\.conf/,
  },
  {
    what: 'a LoginGraceTime below the deadline',
    make: dropIn('LoginGraceTime 10'),
    first: 'sshd-limits/grace',
    mend: /05-other\.conf/,
  },
  {
    what: 'a Match block without keyboard-interactive',
    make: dropIn('Match User bob\\n    KbdInteractiveAuthentication no'),
    first: 'match-blocks/differs',
    level: 'warning',
    mend: /^postern-helper doctor -user=/,
    undo: `rm ${DROP_INS}/05-other.conf; systemctl reload ssh`,
  },
  {
    what: 'no Include in sshd_config',
    make: `sed -i '/^Include/d' /etc/ssh/sshd_config; systemctl reload ssh`,
    first: 'sshd-include/missing',
    mend: /Include \/etc\/ssh\/sshd_config\.d/,
  },
  {
    what: 'an sshd_config with a word that sshd does not know',
    make: `echo 'UsePAN yes' >> /etc/ssh/sshd_config`,
    first: 'sshd-configuration/invalid',
    mend: /^editor \+\d+ \/etc\/ssh\/sshd_config /,
    undo: `sed -i '/UsePAN/d' /etc/ssh/sshd_config`,
  },
  {
    what: 'a 20-breakglass.conf that tells who is in the group',
    make: `printf 'Match Group breakglass\\n    AuthenticationMethods publickey keyboard-interactive:pam\\n' > ${DROP_INS}/20-breakglass.conf; systemctl reload ssh`,
    first: 'leftover/tells-users',
    level: 'warning',
    mend: /20-breakglass\.conf/,
  },
  {
    what: 'a 20-breakglass.conf without the lines in PAM',
    make: `printf 'AuthorizedKeysFile none\\n' > ${DROP_INS}/20-breakglass.conf; /setup/packaging/pam/edit-sshd remove; systemctl reload ssh`,
    first: 'leftover/lock-out',
    mend: /^rm -f .*20-breakglass\.conf/,
  },
  {
    what: "the maintainer's file of PAM",
    make: '/setup/packaging/pam/edit-sshd remove',
    first: 'pam-helper/no-line',
    mend: /pam_exec\.so/,
  },
  {
    what: 'an emptied file of PAM',
    make: `: > ${PAM}`,
    first: 'pam-helper/no-auth',
    mend: /pam_exec\.so/,
  },
  {
    what: 'a missing file of PAM',
    make: `rm ${PAM}`,
    first: 'pam-service/missing',
    mend: /> \/etc\/pam\.d\/sshd$/,
  },
  {
    what: 'PAMServiceName without its file',
    make: dropIn('PAMServiceName postern-sshd'),
    first: 'pam-service/missing',
    mend: /> \/etc\/pam\.d\/postern-sshd$/,
    on: ['trixie'],
  },
  {
    what: 'a PAM service that helper.toml does not list',
    make: `echo 'services = "other"' >> ${TOML}`,
    first: 'pam-service/not-listed',
    mend: /services = \["other","sshd"\]/,
  },
  {
    what: 'an include in PAM that is missing',
    make: `sed -i '1i @include nowhere' ${PAM}`,
    first: 'pam-includes/broken',
    mend: /^sed -i 1d /,
  },
  {
    what: 'an emptied fragment',
    make: `sed -i -e '/^# begin/,/^# end/d' -e '1i auth include postern-ssh' ${PAM}; : > /etc/pam.d/postern-ssh`,
    first: 'pam-helper/no-auth',
    mend: /pam_exec\.so/,
    // the include stays, and does no harm
  },
  {
    what: 'pam_unix "sufficient" before the helper',
    make: `sed -i '/^# begin/i auth sufficient pam_unix.so nodelay' ${PAM}`,
    first: 'pam-other-ways/lets-in',
    mend: /^sed -i \d+d /,
  },
  {
    what: 'pam_permit "sufficient" before the helper',
    make: `sed -i '/^# begin/i auth sufficient pam_permit.so' ${PAM}`,
    first: 'pam-other-ways/lets-in',
    mend: /^sed -i \d+d /,
  },
  {
    what: 'pam_shells before the helper, which is commented out',
    make: `sed -i -e '/^# begin/i auth required pam_shells.so' -e '/^auth.*pam_exec/s/^/# /' ${PAM}`,
    first: 'pam-helper/no-line',
    mend: /pam_exec\.so/,
  },
  {
    what: 'no expose_authtok',
    make: `sed -i 's/ expose_authtok//' ${PAM}`,
    first: 'pam-password/no-expose',
    mend: /& expose_authtok/,
  },
  {
    what: 'the helper for another type',
    make: `sed -i 's/pam_exec.so/& type=account/' ${PAM}`,
    first: 'pam-password/type',
    mend: /s\/ type=account\/\//,
  },
  {
    what: 'a path of the helper at which there is nothing',
    make: `${asks}; sed -i 's|/usr/local/sbin/postern-helper|/opt/postern-helper|' ${PAM}`,
    first: 'program/missing',
    mend: /^install -m 755 \S+ \/opt\/postern-helper$/,
  },
  {
    what: 'no second line',
    make: `sed -i '/^auth.*pam_env/d' ${PAM}`,
    first: 'pam-credentials/missing',
    mend: /a auth required pam_env\.so/,
  },
  {
    what: 'pam_deny behind the helper',
    make: `sed -i '/^# end/i auth required pam_deny.so' ${PAM}`,
    first: 'pam-refuses/refuses',
    mend: /^sed -i '\d+d' /,
  },
  {
    what: 'pam_permit as the second line',
    make: `sed -i 's/^auth.*pam_env.so/auth required pam_permit.so/' ${PAM}`,
    first: 'pam-slip/opens',
    level: 'warning',
    mend: /c auth required pam_env\.so/,
  },
  {
    what: 'pam_shells before the helper',
    make: `sed -i '/^# begin/i auth required pam_shells.so' ${PAM}`,
    first: 'pam-slip/opens',
    level: 'warning',
    mend: /s\/auth\/account\//,
  },
  {
    what: "the second line of HashiCorp's helper",
    make: `sed -i 's/^auth.*pam_env.so/auth optional pam_unix.so use_first_pass nodelay/' ${PAM}`,
    first: 'pam-counters/fails-at-good-logins',
    level: 'warning',
    mend: /c auth required pam_env\.so/,
  },
  {
    what: 'pam_faillock before the helper',
    make: `sed -i '/^# begin/i auth required pam_faillock.so preauth silent' ${PAM}`,
    first: 'pam-counters/faillock',
    level: 'warning',
    mend: /^sed -i \d+d /,
  },
  {
    what: 'a "sufficient" account line',
    make: `sed -i '1i account sufficient pam_permit.so' ${PAM}`,
    first: 'pam-account/skips',
    level: 'warning',
    mend: /s\/sufficient\/required\//,
  },
  {
    what: 'a flag that the helper does not know',
    make: `sed -i 's/-tell-user/-tel-user/' ${PAM}`,
    first: 'pam-flags/wrong',
    mend: /did you mean -tell-user/,
    undo: `sed -i 's/-tel-user/-tell-user/' ${PAM}`,
  },
  {
    what: '/etc/nologin',
    make: 'echo closed > /etc/nologin',
    first: 'nologin/present',
    mend: /^rm \/etc\/nologin$/,
  },
  {
    what: 'a missing list of revoked keys',
    make: dropIn('RevokedKeys /etc/ssh/postern-revoked'),
    first: 'krl/unreadable',
    mend: /^postern-helper krl -out=/,
  },
  {
    what: 'a list of revoked keys that is not the newest',
    make: `postern-helper krl && ${dropIn('RevokedKeys /etc/ssh/postern-revoked')}`,
    act: revoke,
    first: 'krl/stale',
    level: 'warning',
    mend: /^postern-helper krl -out=/,
  },
  {
    what: 'keys of CAs that are not those of the engine',
    make: `cp /etc/ssh/ssh_host_ed25519_key.pub /etc/ssh/postern-trusted; ${dropIn('TrustedUserCAKeys /etc/ssh/postern-trusted')}`,
    first: 'trusted-cas/stale',
    level: 'warning',
    mend: /^postern-helper trust -out=/,
  },
  {
    what: 'a certificate of the host that has expired',
    make: `ssh-keygen -q -t ed25519 -N '' -f /run/ca
      ssh-keygen -q -s /run/ca -h -I web -n web -V -2d:-1d /etc/ssh/ssh_host_ed25519_key.pub
      ${dropIn('HostCertificate /etc/ssh/ssh_host_ed25519_key-cert.pub')}`,
    first: 'host-certificate/expired',
    mend: /^systemctl start postern-host-cert\.service/,
    undo: `rm ${DROP_INS}/05-other.conf; systemctl reload ssh`,
  },
]

/** Revokes a certificate, so that the engine has a newer list. */
async function revoke(site: Site): Promise<void> {
  const role = ['key_type=ca', 'allow_user_certificates=true', 'allowed_users=*']
  await site.must('write', 'ssh/roles/people', ...role, 'ttl=1h')
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO0yoY9pHXRcHFDvLRqJWFHzTNgD4yT1ZcfYdDrJrj7c'
  const asked = ['write', '-field=serial_number', 'ssh/sign/people', `public_key=${key}`]
  const serial = await site.must(...asked, 'valid_principals=alice')
  await site.must('write', 'ssh/revoke', `serial_number=${serial}`)
}

/** Breaks of an enrolled host. */
export const ENROLLED: readonly Break[] = [
  {
    what: 'a host that is disabled',
    act: site => site.must('write', 'ssh/hosts/web', 'disabled=true'),
    first: 'enrollment/disabled',
    mend: /^postern write ssh\/hosts\/web disabled=false/,
    undoAct: site => site.must('write', 'ssh/hosts/web', 'disabled=false'),
  },
  {
    what: 'a key of the host that others can read',
    make: 'chmod 644 /etc/postern/host-key',
    first: 'host-key/mode',
    mend: /chmod 600 \/etc\/postern\/host-key/,
  },
  {
    what: 'stored keys that are damaged',
    make: 'echo damaged > /var/lib/postern-helper/verify-keys',
    first: 'stored-keys/damaged',
    mend: /^rm \/var\/lib\/postern-helper\/verify-keys && postern-helper verify-keys$/,
  },
  {
    what: 'keys that another engine signs with',
    make: `sed -i '/^verify_keys/d' ${TOML}; echo 'verify_keys = ["ed25519:KMlhJ8ZnnmZ/SdVVFMYGv0CEzEoMKMfAk1h4wgzzGfg="]' >> ${TOML}`,
    first: 'signature/unsigned',
    mend: /^postern-helper verify-keys /,
    undo: restore,
  },
  {
    what: 'a host that was deleted on the engine',
    act: site => site.must('delete', 'ssh/hosts/web'),
    first: 'enrollment/unknown',
    mend: /^postern-helper enroll -name=web /,
    undo: ':',
    undoAct: enroll,
  },
]

/** Enrols the host, or enrols it again. */
export async function enroll(site: Site, host: Host): Promise<void> {
  const token = await site.must('write', '-force', '-field=token', 'ssh/hosts/web/enroll')
  const command = `umask 077; cat > /root/token; postern-helper enroll -name=web -token-file=/root/token && cp -p ${TOML} /run/helper.toml`
  const { code, stderr } = await host.run(['bash', '-c', command], { input: token })
  if (code !== 0) throw new Error(stderr)
}

export const BREAKS: readonly Break[] = [...WAY, ...HELPER, ...SSHD]
