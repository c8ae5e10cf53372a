import { appendFileSync } from 'node:fs'
import { expect } from 'chai'
import { BY_SSHD, denied } from '../../support/denied.ts'
import { expectCode, followPage, type Step } from '../../support/docs/page.ts'
import { HOST_IP, type Walk } from '../../support/docs/walk.ts'

const UNIX = 'unix-password'

/** A drop-in by which sshd asks for a key and a password. */
const BOTH = '/etc/ssh/sshd_config.d/05-both.conf'

/** Puts the key on stdin in place for a user. */
const keyOf = (user: string) => `install -d -m 700 -o ${user} ~${user}/.ssh
cat > ~${user}/.ssh/authorized_keys
chown ${user} ~${user}/.ssh/authorized_keys`

/** What sshd offers a user before they have shown anything. */
async function offered(walk: Walk, user: string): Promise<string> {
  const command = `ssh -o PreferredAuthentications=none ${user}@${HOST_IP} true`
  const { stderr } = await walk.type('engine', command)
  return /Permission denied \((.*)\)/.exec(stderr)?.[1] ?? stderr
}

/** Logs in as alice with a word typed at the prompt. */
const typed = async ({ site, host }: Walk, otp: string, address = host.ip4) => {
  const key = (await host.read('/etc/ssh/ssh_host_ed25519_key.pub')).split(' ', 2).join(' ')
  appendFileSync(site.knownHosts, `${HOST_IP} ${key}\n`)
  return site.login({ host, user: 'alice', otp, address })
}

/** While nobody may log in, a password is refused and stays good. */
async function refusesBeforeUse(walk: Walk): Promise<void> {
  const make = 'postern write -field=key ssh/creds/web username=alice ip=10.1.2.3'
  await walk.must(
    'engine',
    'postern write ssh/roles/web key_type=otp default_user=ubuntu allowed_users=alice cidr_list=10.1.0.0/16 ttl=5m',
  )
  const otp = (await walk.must('engine', make)).trim()
  await walk.must('host', 'echo closed > /etc/nologin')
  const login = () => typed(walk, otp, HOST_IP)
  await denied(login, BY_SSHD, walk.host)
  await walk.must('host', 'rm /etc/nologin')
  expectCode(await login(), 0)
  await denied(login, /OTP not found/, walk.host)
}

const withKey = (walk: Walk, user: string) =>
  walk.type('engine', `ssh -o BatchMode=yes -i key ${user}@${HOST_IP} id -un`)

const mount = async ({ host }: Walk) =>
  host.run(['sh', '-c', "echo 'alice:unix-password' | chpasswd"])

const FINGERPRINT =
  'openssl x509 -in ca.pem -outform der | openssl dgst -sha256 -binary | base64 | tr -d ='

/** As on the images of clouds; the helper is where sudo looks for programs. */
const SUDOER = `echo 'ubuntu ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/ubuntu`

const ROLE =
  'postern write ssh/roles/web key_type=otp default_user=ubuntu cidr_list=10.1.0.0/16 ttl=5m'

/** The set-up by three commands, on the host that is then set up by hand. */
const THREE_COMMANDS: readonly Step[] = [
  {
    block: 'openssl x509 -in ca.pem -outform der',
    on: 'engine',
    prints: /^[\w+/]{43}\n$/,
  },
  {
    // test/system/long/first-login.test.ts installs the package
    block: 'apt install ./postern-helper_VERSION_amd64.deb\npostern-helper setup -engine=',
    on: 'shown',
    first: async walk => {
      await walk.must('engine', 'postern secrets enable ssh')
      const key = await walk.must(
        'engine',
        `ssh-keygen -q -t ed25519 -N '' -f admin; cat admin.pub`,
      )
      await walk.must('host', keyOf('root'), key)
      await walk.must('host', 'install -m 755 dist/helper /usr/local/sbin/postern-helper')
    },
    after: async (walk, text) => {
      const fingerprint = (await walk.must('engine', FINGERPRINT)).trim()
      const [, command = ''] = text.replace('FINGERPRINT', fingerprint).split('\n')
      const atTerminal = `script -qec '${command}' /dev/null`
      const { code, stdout } = await walk.type('host', atTerminal, { input: 'y\n' })
      expect(code, stdout).to.equal(5)
    },
  },
  {
    block: 'postern ssh -role=web ubuntu@10.1.2.3 sudo postern-helper setup -confirm',
    on: 'shown',
    after: async (walk, text) => {
      await walk.must('host', SUDOER)
      const key = (await walk.host.read('/etc/ssh/ssh_host_ed25519_key.pub')).split(' ', 2)
      await walk.must('engine', `echo '${HOST_IP} ${key.join(' ')}' >> ~/.ssh/known_hosts`)
      await walk.must('engine', `${ROLE}\n${text}rm ~/.ssh/known_hosts`)
      await walk.must('host', 'postern-helper -verify-only; rm /etc/sudoers.d/ubuntu')
    },
  },
  {
    block: 'postern-helper setup -undo',
    on: 'host',
    replace: async () => [['-undo', '-undo -yes']],
    after: async walk => {
      await walk.must('host', 'rm /usr/local/sbin/postern-helper ~root/.ssh/authorized_keys')
      await walk.must('engine', 'postern secrets disable ssh')
    },
  },
]

const STEPS: readonly Step[] = [
  ...THREE_COMMANDS,
  { block: 'postern secrets enable ssh', on: 'engine' },
  {
    block: 'groupadd breakglass',
    on: 'host',
    replace: async () => [['YOUR-USER', 'bob']],
    first: mount,
    // sshd reads it at step 3
    after: async walk => {
      const key = await walk.must('engine', `ssh-keygen -q -t ed25519 -N '' -f key; cat key.pub`)
      // whose group has no name, as after a deletion or without the directory
      await walk.must(
        'host',
        "useradd -m -s /bin/bash -p '*' nameless && sed -i 's/^\\(nameless:[^:]*:[^:]*:\\)[^:]*/\\14242/' /etc/passwd && groupdel -f nameless",
      )
      for (const user of ['alice', 'bob', 'nameless']) await walk.must('host', keyOf(user), key)
    },
  },
  {
    block: 'install -m 755 dist/helper',
    on: 'host',
    replace: async () => [
      [
        'editor /etc/postern/helper.toml ',
        `sed -i 's|^# allowed_users.*|allowed_users = ["alice", "ubuntu"]|' /etc/postern/helper.toml `,
      ],
    ],
  },
  {
    block: 'packaging/pam/edit-sshd install',
    on: 'host',
    after: async walk => {
      expectCode(await walk.type('host', 'packaging/pam/edit-sshd install'), 1)
      expectCode(await walk.type('host', 'postern-helper -verify-only'), 2)
    },
  },
  {
    block: 'auth requisite pam_nologin.so',
    on: 'shown',
    after: async (walk, text) => expect(await walk.host.read('/etc/pam.d/sshd')).to.contain(text),
  },
  { block: 'install -m 644 packaging/sshd/10-postern.conf', on: 'host' },
  {
    block: 'https://engine.example.com:8200: the SSH engine answers',
    on: 'shown',
    after: async (walk, text) =>
      expect(await walk.must('host', 'postern-helper -verify-only')).to.equal(text),
  },
  {
    block: 'ssh-keyscan -t ed25519 10.1.2.3',
    on: 'engine',
    // OpenSSH finds its files by the user's entry in passwd, whatever HOME says
    replace: async () => [
      ['ssh-keygen -l -F 10.1.2.3', 'ssh-keygen -l -f ~/.ssh/known_hosts -F 10.1.2.3'],
    ],
    after: async walk => {
      await refusesBeforeUse(walk)
      await denied(() => typed(walk, UNIX), /not shaped like a one-time password/, walk.host)
      expectCode(await withKey(walk, 'bob'), 0)
      for (const user of ['alice', 'nameless'])
        await denied(() => withKey(walk, user), BY_SSHD, walk.host)
      const users = ['alice', 'bob', 'root', 'nosuch', 'ubuntu']
      const seen = await Promise.all(users.map(user => offered(walk, user)))
      expect(seen).to.deep.equal(users.map(() => 'publickey,keyboard-interactive'))
    },
  },
  {
    block: 'postern ssh -role=web -mode=otp ubuntu@10.1.2.3 -i',
    on: 'engine',
    first: async walk => {
      const make = `ssh-keygen -q -t ed25519 -N '' -f .ssh/id_ed25519; cat .ssh/id_ed25519.pub`
      const key = await walk.must('engine', make)
      await walk.must('host', `usermod -aG breakglass ubuntu\n${keyOf('ubuntu')}`, key)
      const both = 'AuthenticationMethods publickey,keyboard-interactive:pam'
      await walk.must('host', `echo '${both}' > ${BOTH}; systemctl reload ssh`)
      const keyAlone = 'ssh -o BatchMode=yes -i .ssh/id_ed25519 ubuntu@10.1.2.3 id'
      await denied(() => walk.type('engine', keyAlone), BY_SSHD, walk.host)
    },
    after: walk => walk.must('host', `rm ${BOTH}; systemctl reload ssh`),
  },
  {
    block: 'postern ssh -role=web -mode=otp ubuntu@10.1.2.3 -o ProxyCommand=',
    on: 'engine',
    first: async walk => {
      await walk.must('engine', 'ssh-keyscan -t ed25519 10.1.2.4 >> ~/.ssh/known_hosts')
      await walk.must(
        'engine',
        'postern write ssh/roles/jump key_type=otp default_user=ubuntu cidr_list=10.1.0.0/16 ttl=5m',
      )
      await walk.must('engine', 'printf %s "$POSTERN_TOKEN" | postern login -')
    },
  },
  {
    block: 'otp_formats = ["uuid", "base32"]',
    on: 'shown',
    after: async (walk, text) =>
      expect(await walk.host.read('/etc/postern/helper.toml')).to.contain(text),
  },
  {
    block: 'postern write ssh/otp lease_id=ssh/creds/web/… wait=25s',
    on: 'engine',
    replace: async walk => {
      const json = await walk.must(
        'engine',
        'postern write -format=json ssh/creds/web ip=10.1.2.3 username=ubuntu',
      )
      return [['ssh/creds/web/… wait=25s', `${JSON.parse(json).lease_id} wait=1s`]]
    },
    prints: /waiting/,
  },
  { block: 'journalctl -t postern-helper', on: 'host', prints: /decision=allowed .*user=ubuntu/ },
  {
    block: 'postern-helper doctor',
    on: 'host',
    prints: /^55 ok, 0 warnings, 0 failures, 0 not tried$/m,
  },
  {
    block: 'postern-helper doctor -user=ubuntu',
    on: 'host',
    prints: /^ubuntu from 10\.1\.2\.9 would be let in/m,
  },
  {
    block: 'install -m 644 packaging/systemd/postern-check.*',
    on: 'host',
    after: async walk => {
      const upgrade = 'dpkg --force-confask --force-confnew -i /opt/openssh-server.deb </dev/null'
      await walk.must('host', upgrade)
      expectCode(await walk.type('host', 'systemctl start postern-check.service'), 1)
      const said = await walk.must('host', 'journalctl -t postern-check -n 1')
      expect(said).to.contain('this host is not as docs/hosts.md sets it up (exit code 2)')
      await walk.must('host', 'packaging/pam/edit-sshd install')
      await walk.must('host', 'systemctl start postern-check.service')
      // a log that is there must not be a fault to the check
      const log = '/var/log/postern-helper.log'
      await walk.must('host', `echo 'log_file = "${log}"' >> /etc/postern/helper.toml`)
      await walk.must('host', `install -m 600 /dev/null ${log}`)
      await walk.must('host', 'systemctl start postern-check.service')
      await walk.must('host', `chmod 644 ${log}`)
      await walk.must('host', 'systemctl start postern-check.service')
      const last = await walk.must('host', 'cat /var/lib/postern-helper/last-check')
      expect(last).to.match(/^summary warning: log-file\/mode$/m)
      await walk.must('host', `rm ${log}; sed -i '$d' /etc/postern/helper.toml`)
    },
  },
  { block: 'postern read -format=json ssh/verify/keys', on: 'engine', prints: /"active"/ },
  {
    block: 'editor /etc/postern/helper.toml       # verify_keys',
    on: 'host',
    replace: async walk => {
      const json = await walk.must('engine', 'postern read -format=json ssh/verify/keys')
      const [key] = JSON.parse(json).data.keys
      const line = `verify_keys = ["${key.public_key}"]`
      return [['editor /etc/postern/helper.toml ', `echo '${line}' >> /etc/postern/helper.toml `]]
    },
  },
  {
    block: 'postern write -force ssh/verify/rotate',
    on: 'engine',
    after: async walk => {
      await walk.must('host', 'systemctl start postern-verify-keys.service')
    },
  },
  {
    block: 'postern write ssh/verify/rotate force=true',
    on: 'engine',
    after: async walk => {
      const login = 'postern ssh -role=web -mode=otp ubuntu@10.1.2.3 id'
      expectCode(await walk.type('engine', login), 0)
    },
  },
  { block: 'postern write -force -field=token ssh/hosts/web-1/enroll', on: 'engine' },
  {
    block: 'install -m 600 /dev/null /root/enroll-token',
    on: 'host',
    replace: async walk => {
      const token = await walk.must(
        'engine',
        'postern write -force -field=token ssh/hosts/web-1/enroll',
      )
      return [['editor /root/enroll-token ', `echo '${token.trim()}' > /root/enroll-token `]]
    },
  },
  {
    block: "postern write -field=token ssh/enroll-tokens name='web-*'",
    on: 'engine',
    prints: /^postern-enroll\./,
  },
  { block: 'postern write ssh/config/verify anonymous=deny', on: 'engine' },
  {
    block: 'postern read ssh/hosts/web-1',
    on: 'engine',
    prints: /last_seen_time/,
    after: async walk => {
      expectCode(await walk.type('engine', 'postern ssh -role=web -mode=otp ubuntu@10.1.2.3 id'), 0)
    },
  },
  {
    block: 'postern write ssh/hosts/web-1 disabled=true',
    on: 'engine',
    after: async walk => {
      const otp = await walk.must('engine', 'postern write -field=key ssh/creds/web ip=10.1.2.3')
      await denied(() => typed(walk, otp.trim(), HOST_IP), /is disabled/, walk.host)
      await walk.must('engine', 'postern write ssh/hosts/web-1 disabled=false')
    },
  },
  {
    block: 'install -m 644 packaging/fail2ban/filter.d/postern.conf',
    on: 'host',
    first: walk => walk.must('host', 'mkdir -p /etc/fail2ban/filter.d /etc/fail2ban/jail.d'),
    // the lab has none
    replace: async () => [['systemctl reload fail2ban', 'true']],
  },
  {
    block: 'packaging/pam/edit-sshd install\nrm /etc/pam.d/postern-ssh',
    on: 'host',
    first: async walk =>
      walk.must(
        'host',
        `packaging/pam/edit-sshd remove
cp packaging/pam/postern-ssh /etc/pam.d/postern-ssh
sed -i 's/^@include common-auth$/auth include postern-ssh/' /etc/pam.d/sshd`,
      ),
    after: async walk => {
      await walk.must('host', 'postern-helper -verify-only')
    },
  },
  // test/unit/packaging/build/executable/jitless.test.ts builds one
  { block: 'npm run build -- --jitless', on: 'shown' },
  {
    block: 'systemctl disable --now postern-check.timer postern-check.path',
    on: 'host',
    after: async walk => {
      const changed = await walk.host.run(['dpkg', '--verify', 'openssh-server'])
      expect(changed.stdout).to.equal('')
      expect(await walk.must('host', 'ls /etc/ssh/sshd_config.d')).to.equal('00-lab.conf\n')
      for (const user of ['alice', 'bob']) expectCode(await withKey(walk, user), 0)
      expectCode(await byPassword(walk), 0)
    },
  },
]

/** Logs alice in by the method "password", which Debian allows. */
const byPassword = ({ site, host }: Walk) =>
  site.lab.run(
    [
      ...['ssh', '-F', '/dev/null', '-o', `UserKnownHostsFile=${site.knownHosts}`],
      ...['-o', 'PreferredAuthentications=password', `alice@${host.ip4}`, 'id -un'],
    ],
    {
      env: { OTP: UNIX, SSH_ASKPASS: `${site.folder}/askpass`, SSH_ASKPASS_REQUIRE: 'force' },
    },
  )

describe('A host that is set up and taken back', () => {
  followPage('docs/hosts.md', STEPS)
})
