import { existsSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { followPage, type Step } from '../../support/docs/page.ts'
import type { Walk } from '../../support/docs/walk.ts'
import { until } from '../../support/until.ts'

const ROOT = join(import.meta.dirname, '../../..')

const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))

/** Goes on when the server listens, and leaves it running. */
const IN_BACKGROUND = `-dev-root-token-id=root > /root/dev.log 2>&1 &
for try in $(seq 200); do grep -q 'server started!' /root/dev.log && break; sleep 0.1; done`

/** What is new in every reply gives way to one word. */
const shapeOf = (table: string) =>
  table
    .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'PASSWORD')
    .replace(/(?<=ssh\/creds\/web\/)[0-9a-f]{24}/g, 'ID')
    .replace(/ +$/gm, '')
    .trim()

/** The steps of docs/hosts.md that make the host one with the helper. */
const HELPER = `install -m 755 dist/helper /usr/local/sbin/postern-helper
install -d -m 755 /etc/postern
install -m 644 ca.pem /etc/postern/ca.pem
install -m 600 packaging/config/helper.toml /etc/postern/helper.toml
packaging/pam/edit-sshd install
install -m 644 packaging/sshd/10-postern.conf /etc/ssh/sshd_config.d/
sshd -t && systemctl reload ssh`

/** On an engine with TLS, as docs/install-engine.md makes one. */
async function prepareHost(walk: Walk): Promise<void> {
  await walk.must('host', HELPER)
  symlinkSync(join(ROOT, 'dist'), join(walk.desk, 'dist'))
  await walk.must('engine', 'ssh-keyscan -t ed25519 10.1.2.3 > .ssh/known_hosts')
  await walk.must('engine', `dist/postern secrets enable ssh\n${ROLE}`)
}

const ROLE =
  'dist/postern write ssh/roles/web key_type=otp default_user=ubuntu cidr_list=10.0.0.0/8 ttl=5m'

/** Somebody who may use the role, and has a file. */
async function prepareUser(walk: Walk): Promise<void> {
  await walk.must(
    'engine',
    `cat > user.hcl <<'END'
path "ssh/lookup" { capabilities = ["update"] }
path "ssh/creds/web" { capabilities = ["update"] }
END
dist/postern policy write user user.hcl
dist/postern auth enable userpass
dist/postern write auth/userpass/users/ann password=correct-horse token_policies=user
unset POSTERN_TOKEN VAULT_TOKEN
echo data > file`,
  )
}

let printed = ''

const STEPS: readonly Step[] = [
  {
    // test/system/demo runs the demo
    block: 'git clone <this repository> postern && cd postern\nnpm run demo',
    on: 'shown',
    after: async () => {
      const [, file = ''] = /node (test\/system\/demo\/\S+)/.exec(scripts.demo) ?? []
      expect(existsSync(join(ROOT, file))).to.equal(true)
    },
  },
  {
    block: 'npm run build\ndist/postern server -dev -dev-root-token-id=root\n',
    on: 'host',
    replace: async () => {
      // the programs that a host has are those that it builds
      expect(scripts.build).to.contain('packaging/build/build.ts')
      return [
        ['npm run build', 'test -x dist/postern'],
        ['-dev-root-token-id=root', IN_BACKGROUND],
      ]
    },
  },
  {
    block: 'export POSTERN_ADDR=http://127.0.0.1:8200 POSTERN_TOKEN=root',
    on: 'host',
    after: async (_, text) => {
      printed = text
    },
  },
  {
    block: 'Key                Value',
    on: 'shown',
    after: async (_, text) => expect(shapeOf(printed)).to.contain(shapeOf(text)),
  },
  {
    block: 'dist/postern ssh -role=web ubuntu@10.1.2.3',
    on: 'engine',
    first: prepareHost,
    // syslog writes after sshd has answered
    after: walk =>
      until(async () =>
        /decision=allowed .*user=ubuntu/.test(await walk.host.read('/var/log/auth.log')),
      ),
  },
  // test/system/long/first-login.test.ts runs these
  { block: 'apt install ./postern-helper_VERSION_amd64.deb\npostern-helper setup', on: 'shown' },
  { block: 'postern ssh -role=web ubuntu@10.1.2.3 sudo postern-helper', on: 'shown' },
  {
    block: 'postern login -method=userpass username=ann',
    on: 'engine',
    first: prepareUser,
    replace: async () => [
      ['postern ', 'dist/postern '],
      ['username=ann', 'username=ann password=correct-horse'],
      ['ssh ubuntu@10.1.2.3', 'ssh ubuntu@10.1.2.3 id'],
    ],
    after: async (_, text) => {
      expect(text).to.match(/^web +otp +true +ubuntu +10\.0\.0\.0\/8$/m)
      expect(text).to.match(/^web +otp +yes, for ubuntu/m)
      expect(text).to.match(/^uid=\d+\(ubuntu\)/m)
      expect(text).to.match(/^ssh\/creds\/web\/[0-9a-f]{24}/m)
    },
  },
]

describe('The first steps', () => {
  followPage('README.md', STEPS)
})
