import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { denied } from '../../support/denied.ts'
import { expectCode, followPage, type Step } from '../../support/docs/page.ts'
import type { Walk } from '../../support/docs/walk.ts'

const SERIAL = '5f0c3d9e8a7b6c5d'

/** Steps of docs/hosts.md that this page takes for granted. */
const HELPER = `install -m 755 dist/helper /usr/local/sbin/postern-helper
install -d -m 755 /etc/postern
install -m 644 ca.pem /etc/postern/ca.pem
install -m 600 packaging/config/helper.toml /etc/postern/helper.toml`

/** A key in the folder where the command line looks for one. */
const NEW_KEY = `rm -f .ssh/id_ed25519*
ssh-keygen -q -t ed25519 -N '' -f .ssh/id_ed25519`

const HOST = 'ubuntu@web.example.com'

const login = (walk: Walk) =>
  walk.type('engine', 'ssh -o BatchMode=yes -i .ssh/id_ed25519 ubuntu@web.example.com id -un')

const serialOf = async (walk: Walk) =>
  (JSON.parse(await walk.must('engine', 'postern list -format=json ssh/certs')) as string[])[0] ??
  ''

const STEPS: readonly Step[] = [
  { block: 'postern secrets enable ssh', on: 'engine' },
  {
    block: `echo '{"key_type": "ca", "allow_user_certificates": true`,
    on: 'engine',
    after: async walk =>
      expect(await walk.must('engine', 'postern read ssh/roles/backup')).to.match(
        /^enforced_critical_options +map\[force-command:/m,
      ),
  },
  {
    block: 'postern-helper krl && postern-helper trust',
    on: 'host',
    first: walk => walk.must('host', HELPER),
  },
  {
    block: 'postern ssh -mode=ca -role=ops ubuntu',
    on: 'engine',
    // as whoever has logged in there before
    first: async walk => {
      await walk.must('engine', NEW_KEY)
      await walk.must('engine', 'ssh-keyscan -t ed25519 web.example.com > .ssh/known_hosts')
    },
  },
  {
    block: 'postern write -field=signed_key ssh/sign/ops',
    on: 'engine',
    after: async walk => {
      expectCode(await login(walk), 0)
      expect(await walk.must('engine', `ssh -tt -i .ssh/id_ed25519 ${HOST} tty`)).to.match(
        /^\/dev\/pts\//,
      )
    },
  },
  {
    block: 'postern list ssh/certs',
    on: 'engine',
    replace: async walk => [[SERIAL, await serialOf(walk)]],
    prints: /"keys":\s*\[/,
  },
  {
    block: `postern write ssh/revoke serial_number=${SERIAL}`,
    on: 'engine',
    replace: async walk => {
      const print = await walk.must('engine', 'ssh-keygen -l -f .ssh/id_ed25519.pub')
      const fingerprint = /SHA256:\S+/.exec(print)?.[0] ?? ''
      return [
        [SERIAL, await serialOf(walk)],
        ['SHA256:…', fingerprint],
        ['key_id=…', 'key_id=ann'],
      ]
    },
    after: async walk => {
      await walk.must('host', 'systemctl start postern-krl.service')
      await denied(() => login(walk), /revoked by file/, walk.host)
    },
  },
  {
    block: 'postern write ssh/issuer/default issuer_name=2026',
    on: 'engine',
    after: async walk => {
      // a host that cannot fetch the one must still fetch the other
      await walk.must(
        'host',
        'mv /etc/ssh/postern-trusted was && mkdir -p /etc/ssh/postern-trusted/x',
      )
      expectCode(await walk.type('host', 'systemctl start postern-trust.service'), 1)
      await walk.must('engine', 'postern write ssh/revoke key_id=bob')
      const list = await walk.host.run(['sha256sum', '/etc/ssh/postern-revoked'])
      await walk.must('host', 'systemctl start postern-krl.service')
      const next = await walk.host.run(['sha256sum', '/etc/ssh/postern-revoked'])
      expect(next.stdout).to.not.equal(list.stdout)
      await walk.must('host', 'rm -r /etc/ssh/postern-trusted && mv was /etc/ssh/postern-trusted')
      await walk.must('host', 'systemctl start postern-trust.service')
    },
  },
  { block: 'postern delete ssh/issuer/2026', on: 'engine' },
  {
    block: 'postern secrets enable -path=ssh-hosts ssh',
    on: 'engine',
    after: walk => {
      const token = readFileSync(join(walk.desk, 'token'), 'utf8')
      return walk.must('host', 'umask 077; cat > token', token)
    },
  },
  {
    block: 'install -m 600 token /etc/postern/token',
    on: 'host',
    replace: async () => [
      [
        'editor /etc/postern/hosts.toml ',
        `sed -i 's|^# ssh_mount_point.*|ssh_mount_point = "ssh-hosts"|' /etc/postern/hosts.toml `,
      ],
    ],
    after: async walk => {
      // a certificate that is about to run out is renewed by the unit
      await walk.must('engine', SHORT)
      const file = '/etc/ssh/ssh_host_ed25519_key-cert.pub'
      await walk.must('host', `rm ${file}; systemctl start postern-host-cert.service`)
      const before = await walk.host.read(file)
      await new Promise(resolve => setTimeout(resolve, 5000))
      await walk.must('host', 'systemctl start postern-host-cert.service')
      expect(await walk.host.read(file)).to.not.equal(before)
      await walk.must('engine', SHORT.replace('ttl=6s', 'ttl=720h'))
      await walk.must('host', `rm ${file}; systemctl start postern-host-cert.service`)
    },
  },
  {
    block: 'postern ssh -mode=ca -role=ops -host-key-mount-point=ssh-hosts',
    on: 'engine',
    first: async walk => {
      await walk.must('engine', NEW_KEY)
      await walk.must('engine', 'rm .ssh/known_hosts')
      await walk.must('host', 'postern-helper trust')
    },
  },
  { block: 'curl --fail', on: 'engine', prints: /^@cert-authority \*\.example\.com ssh-ed25519 / },
]

const SHORT =
  'postern write ssh-hosts/roles/hosts key_type=ca allow_host_certificates=true allowed_domains=example.com allow_subdomains=true ttl=6s not_before_duration=1s'

describe('Hosts and users with certificates', () => {
  followPage('docs/certificates.md', STEPS)
})
