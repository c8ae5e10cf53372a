import { expect } from 'chai'
import { expectCode, followPage, type Step } from '../support/docs/page.ts'
import { HOST_IP, type Walk } from '../support/docs/walk.ts'

const UNIX = 'unix-password'

/** What sshd offers a user before they have shown anything. */
async function offered(walk: Walk, user: string): Promise<string> {
  const command = `ssh -o PreferredAuthentications=none ${user}@${HOST_IP} true`
  const { stderr } = await walk.type('engine', command)
  return /Permission denied \((.*)\)/.exec(stderr)?.[1] ?? stderr
}

/** Whether a word typed at the prompt lets alice in. */
const lets = (walk: Walk, otp: string) =>
  walk.site.login({ host: walk.host, user: 'alice', otp }).then(({ code }) => code === 0)

const withKey = (walk: Walk, user: string) =>
  walk.type('engine', `ssh -o BatchMode=yes -i key ${user}@${HOST_IP} id -un`)

const mount = async ({ host }: Walk) =>
  host.run(['sh', '-c', "echo 'alice:unix-password' | chpasswd"])

const STEPS: readonly Step[] = [
  { block: 'postern secrets enable ssh', on: 'engine' },
  {
    block: 'groupadd breakglass',
    on: 'host',
    replace: async () => [['YOUR-USER', 'bob']],
    first: mount,
    // sshd reads it at step 3
    after: async walk => {
      const key = await walk.must('engine', `ssh-keygen -q -t ed25519 -N '' -f key; cat key.pub`)
      for (const user of ['alice', 'bob'])
        await walk.must(
          'host',
          `install -d -m 700 -o ${user} ~${user}/.ssh
cat > ~${user}/.ssh/authorized_keys
chown ${user} ~${user}/.ssh/authorized_keys`,
          key,
        )
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
    block: 'postern ssh -role=web -mode=otp',
    on: 'engine',
    after: async walk => {
      expect(await lets(walk, UNIX)).to.equal(false)
      expectCode(await withKey(walk, 'bob'), 0)
      expectCode(await withKey(walk, 'alice'), 255)
      const users = ['alice', 'bob', 'root', 'nosuch', 'ubuntu']
      const seen = await Promise.all(users.map(user => offered(walk, user)))
      expect(seen).to.deep.equal(users.map(() => 'publickey,keyboard-interactive'))
    },
  },
  { block: 'journalctl -t postern-helper', on: 'host', prints: /decision=allowed .*user=ubuntu/ },
  {
    block: 'install -m 644 packaging/systemd/postern-check.*',
    on: 'host',
    after: async walk => {
      const upgrade = 'dpkg --force-confask --force-confnew -i /opt/openssh-server.deb </dev/null'
      await walk.must('host', upgrade)
      expectCode(await walk.type('host', 'systemctl start postern-check.service'), 1)
      await walk.must('host', 'packaging/pam/edit-sshd install')
      await walk.must('host', 'systemctl start postern-check.service')
    },
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
  {
    block: 'systemctl disable --now postern-check.timer',
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
  followPage('hosts.md', STEPS)
})
