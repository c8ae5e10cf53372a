import { expect } from 'chai'
import { followPage, type Step } from '../../support/docs/page.ts'
import { HOST_IP, type Walk } from '../../support/docs/walk.ts'

const PASSWORD = 'correct horse battery'
const ROOT_TOKEN = `sed -n 's/^Initial Root Token: //p' /root/init`

/** On the machine that is to be the engine, its name is its own. */
const named = ({ host }: Walk) =>
  host.run([
    'bash',
    '-c',
    `sed '/engine.example.com/d' /etc/hosts > /tmp/hosts && cat /tmp/hosts > /etc/hosts && echo '${HOST_IP} engine.example.com' >> /etc/hosts`,
  ])

const login = 'postern login -method=userpass username=alice'

const SETUP = 'postern operator setup -name=engine.example.com'

const STEPS: readonly Step[] = [
  { block: 'install -m 755 dist/postern', on: 'host', first: named },
  {
    block: 'postern operator setup -check -diff',
    on: 'host',
    // the page is for hosts with systemd, for which a program stands here
    first: ({ host }) => host.run(['mkdir', '-p', '/run/systemd/system']),
    prints: /^would enable and start postern\.service$/m,
  },
  {
    block: SETUP,
    on: 'host',
    // the command asks at a terminal alone
    replace: async () => [[SETUP, `${SETUP} -admin=alice -admin-password-file=-`]],
    input: PASSWORD,
    prints:
      /Recovery Key 5: [\s\S]*postern-helper setup -engine=https:\/\/engine\.example\.com:8200 /,
  },
  {
    block: 'postern operator setup -undo',
    on: 'host',
    after: ({ host }) => host.run(['rmdir', '/run/systemd/system']),
  },
  { block: 'install -m 755 dist/postern', on: 'host' },
  { block: 'openssl ecparam -name prime256v1', on: 'host' },
  { block: 'openssl ecparam -name prime256v1', on: 'host' },
  { block: 'install -m 644 ca.pem engine.crt', on: 'host' },
  {
    block: 'install -m 640 -g postern packaging/config/engine.toml',
    on: 'host',
    replace: async () => [
      [
        'editor /etc/postern/engine.toml ',
        `sed -i 's|^# api_addr|api_addr|' /etc/postern/engine.toml `,
      ],
    ],
  },
  { block: 'postern operator generate-seal-key', on: 'host' },
  {
    block: 'install -m 644 packaging/systemd/postern.service',
    on: 'host',
    prints: /the configuration is valid/,
  },
  {
    block: 'install -D -m 644 ca.pem',
    on: 'host',
    replace: async () => [['postern operator init', 'postern operator init | tee /root/init']],
    prints: /Recovery Key 5: [\s\S]*Initial Root Token: hvs\./,
    after: walk => walk.must('host', "runuser -l ubuntu -c 'postern status'"),
  },
  {
    block: 'postern login\n',
    on: 'host',
    // the command line asks at a terminal alone
    replace: async () => [['postern login\n', `${ROOT_TOKEN} | postern login -\n`]],
    input: `${PASSWORD}\n`,
  },
  {
    block: login,
    on: 'host',
    replace: async walk => [
      [login, `script -qec '${login}' /dev/null`],
      ['hvs.…', (await walk.must('host', ROOT_TOKEN)).trim()],
    ],
    input: `${PASSWORD}\n`,
    prints: /token_policies\s+\["admin"/,
    after: async walk =>
      expect(
        (await walk.type('host', `VAULT_TOKEN=$(${ROOT_TOKEN}) postern token lookup`)).code,
      ).to.equal(2),
  },
  { block: 'postern secrets enable ssh', on: 'host', prints: /key_type\s+otp/ },
  { block: 'postern audit key', on: 'host', prints: /ssh\/creds\/web/ },
  { block: 'install -d -m 700 -o postern -g postern /var/backups', on: 'host' },
  {
    block: 'install -m 644 packaging/systemd/postern-backup.service',
    on: 'host',
    after: async walk => {
      const made = await walk.must('host', 'ls /var/backups/postern')
      expect(made).to.match(/^postern-\d{8}T\d{6}Z\.db$/m)
    },
  },
  { block: "sed -e 's|^path", on: 'host', prints: /Sealed +false/ },
  {
    block: 'install -m 755 dist/postern /usr/local/bin/postern.new',
    on: 'host',
    prints: /Sealed +false/,
    after: walk => walk.must('host', 'systemctl reload postern; sleep 1; postern status'),
  },
  { block: 'postern policy write metrics', on: 'host', prints: /^postern_audit_device_ok/m },
]

describe('Installing an engine', () => {
  followPage('docs/install-engine.md', STEPS)
})
