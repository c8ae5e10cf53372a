import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import {
  cpSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { certificateFingerprint } from '../../../shared/certificate-fingerprint.ts'
import { cases } from '../../support/cases.ts'
import { certificateAuthority, type Subject } from '../../support/certificates.ts'
import { type Host, Lab } from '../../support/lab.ts'
import { RELEASES, type Release, rootOf } from '../../support/releases.ts'

const ROOT = join(import.meta.dirname, '../../..')
const NAME = 'engine.example.com'
const PASSWORD = 'correct horse battery'

/** A client of others, in the runs before a release. */
const BAO = process.env.POSTERN_BENCH_BAO

const SETUP = `postern operator setup -name=${NAME} -admin=alice -admin-password-file=/setup/password -non-interactive`

/** No systemd runs in a lab's hosts, so a program takes its place that runs what the units say. */
const HOST = `
install -m 755 /setup/bin/postern /usr/local/bin/postern
install -m 755 /setup/bin/systemctl /usr/bin/systemctl
mkdir -p /run/systemd/system
# systemd makes no key of the machine where /var is in memory
if [ -f /setup/secret ]; then cp /setup/secret /var/lib/systemd/credential.secret; cp /setup/machine-id /etc/machine-id; fi
echo '10.77.0.21 ${NAME}' >> /etc/hosts
`

/** Runs the set-up and kills it as soon as it announces a step. */
const KILL_AT = `
kill_at() {
  rm -f /tmp/said; mkfifo /tmp/said
  ${SETUP} >>/tmp/out 2>/tmp/said &
  while read -r line; do
    case $line in "[$1/"*) kill -9 $!; break ;; esac
  done </tmp/said
  wait $!
}
`

/** The release whose fresh hosts have systemd, so that a seal key is encrypted there. */
const ENCRYPTS: Release = 'trixie'

/** A key for systemd-creds, which is bound to the id of this machine. */
function makeMachineKey(folder: string): void {
  const env = { ...process.env, SYSTEMD_CREDENTIAL_SECRET: join(folder, 'secret') }
  execFileSync('systemd-creds', ['setup'], { env, stdio: 'ignore' })
  cpSync('/etc/machine-id', join(folder, 'machine-id'))
}

describe('The engine, set up by one command', () => {
  for (const release of cases(RELEASES)) describe(`on Debian ${release}`, () => setUpOn(release))
})

function setUpOn(release: Release): void {
  let folder: string
  let lab: Lab
  let host: Host
  before(async function () {
    this.timeout(120_000)
    folder = mkdtempSync(join(tmpdir(), 'postern-operator-setup-'))
    mkdirSync(join(folder, 'bin'))
    linkSync(join(ROOT, 'dist/postern'), join(folder, 'bin/postern'))
    cpSync(join(ROOT, 'test/support/docs/systemctl'), join(folder, 'bin/systemctl'))
    writeFileSync(join(folder, 'password'), PASSWORD)
    if (release === ENCRYPTS) makeMachineKey(folder)
    lab = await Lab.start()
    const addresses = { ip4: '10.77.0.21', ip6: 'fd77::21' }
    const root = rootOf(release)
    host = await lab.host({ name: 'engine', ...addresses, folder, root, setup: HOST })
  })
  after(async () => {
    await lab[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })

  async function run(script: string) {
    const env = { PATH: '/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root' }
    const { code, stdout, stderr } = await host.run(['bash', '-c', script], { env })
    return { code, stdout, stderr }
  }

  async function must(script: string): Promise<string> {
    const { code, stdout, stderr } = await run(script)
    if (code !== 0) throw new Error(`exit code ${code} of ${script}\n${stdout}${stderr}`)
    return stdout
  }

  /** The token of the administrator, who logs in from another machine, which has the CA alone. */
  async function loggedIn(): Promise<string> {
    const login = ['login', '-method=userpass', '-token-only', 'username=alice', 'password=-']
    const { code, stdout, stderr } = await lab.run([BAO ?? join(ROOT, 'dist/postern'), ...login], {
      env: {
        VAULT_ADDR: 'https://10.77.0.21:8200',
        VAULT_TLS_SERVER_NAME: NAME,
        VAULT_CACERT: join(folder, 'ca.pem'),
      },
      input: PASSWORD,
    })
    if (code !== 0) throw new Error(stderr)
    return stdout.trim()
  }

  /** All files of the host, and who may do what with them. */
  const files = () =>
    must(
      `find /etc /usr /var /root -xdev \\( -path /var/log/postern.service.log -o -path '/var/lib/systemd/*' -o -name '*-' \\) -prune -o -printf '%p %u %m\\n' | sort`,
    )

  it('says what it would do and what is in the way, and changes nothing', async () => {
    const before = await files()
    expect(await must(`${SETUP} -check -diff`)).to.match(
      /^\+api_addr = "https:\/\/engine\.example/m,
    )
    expect(await files()).to.equal(before)
    const { code, stdout } = await run(
      `mkdir /var/lib/postern; touch /var/lib/postern/data; ${SETUP} -check; code=$?; rm -r /var/lib/postern; exit $code`,
    )
    expect(stdout).to.match(/in the way: \/var\/lib\/postern is not empty/)
    expect(code).to.equal(2)
  }).timeout(600_000)

  it('makes an engine with an administrator in place of the root token, and takes it back', async () => {
    const before = await files()
    const made = JSON.parse(await must(`${SETUP} -format=json`))
    expect(made.recovery_keys_b64).to.have.length(5)

    // a host knows the fingerprint alone
    const fetched = await must(
      `curl -sk https://${NAME}:8200/v1/sys/tls-ca >/setup/ca.pem && openssl x509 -in /setup/ca.pem -outform der | openssl dgst -sha256 -binary | base64`,
    )
    expect(`SHA256:${fetched.trim().replace(/=+$/, '')}`).to.equal(made.ca_fingerprint)
    expect(made.helper_command).to.include(`-ca-fingerprint=${made.ca_fingerprint}`)

    const address = `export VAULT_ADDR=https://${NAME}:8200 VAULT_CACERT=/setup/ca.pem`
    const token = await loggedIn()
    const rights = await must(
      `${address} VAULT_TOKEN=${token}; postern token capabilities sys/policies/acl/x`,
    )
    expect(rights).to.include('sudo')
    const root = await run(`${address}; VAULT_TOKEN=${made.root_token} postern token lookup`)
    expect(root.stderr).to.include('403')

    const modes = await must('stat -c "%n %U:%G %a" /etc/postern/* /etc/postern/ca/* | sort')
    expect(modes).to.match(/^\/etc\/postern\/ca\/ca\.key root:root 600$/m)
    expect(modes).to.match(/^\/etc\/postern\/ca root:root 700$/m)
    const sealKey = release === ENCRYPTS ? 'seal-key.cred' : 'seal.key'
    expect(modes).to.include(`/etc/postern/${sealKey} root:root 600\n`)
    expect(modes).to.match(/^\/etc\/postern\/engine\.key root:postern 640$/m)
    const secrets = [...made.recovery_keys_b64, made.root_token, PASSWORD]
    const found = await run(
      `grep -rlF ${secrets.map(each => `-e '${each}'`).join(' ')} /etc /var /root /tmp /run`,
    )
    expect(found.stdout).to.equal('')

    const again = await must(`${SETUP} 2>&1`)
    expect(again).to.match(
      /\[1\/13\] service user: already done[\s\S]*13\/13\] root token: already done/,
    )

    await must('postern operator setup -undo -delete-data')
    expect(await files()).to.equal(before)
  }).timeout(240_000)

  it('goes on wherever it was killed', async () => {
    const before = await files()
    for (const step of [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13]) {
      await run(`${KILL_AT} kill_at ${step}`)
      expect(await must(`${SETUP} -check`)).to.match(/^would /m)
    }
    const token = (await must(`sed -n 's/^Root Token: //p' /tmp/out`)).trim()
    const without = await run(SETUP)
    expect(without.stderr).to.include('set POSTERN_TOKEN')
    await must(`export POSTERN_TOKEN=${token}; ${SETUP}`)
    expect((await must(`${SETUP} 2>&1`)).match(/already done/g)).to.have.length(13)
    await must('postern operator setup -undo -delete-data; rm -f /tmp/*')
    expect(await files()).to.equal(before)
  }).timeout(600_000)

  it('tells that shares which were never shown are lost', async () => {
    await must(SETUP)
    // as a kill between the reply and the shares would leave it
    await must(
      `sed -i -E '/"(initialized|administrator created|finished)",?$/d; s/"initializing",/"initializing"/' /etc/postern/setup.json`,
    )
    const { code, stderr } = await run(SETUP)
    expect(stderr).to.include('postern operator setup -undo -delete-data')
    expect(code).to.equal(1)
    await must('postern operator setup -undo -delete-data')
    await must(SETUP)
    await must('postern operator setup -undo -delete-data')
  }).timeout(600_000)

  it('keeps the storage and its keys, unless told otherwise', async () => {
    const made = JSON.parse(await must(`${SETUP} -format=json`))
    const undone = await must('postern operator setup -undo')
    expect(undone).to.match(/^\/etc\/postern\/seal\S+ +kept: /m)
    const again = JSON.parse(await must(`${SETUP} -format=json`))
    expect(again.ca_fingerprint).to.equal(made.ca_fingerprint)
    await must(
      `export VAULT_ADDR=https://${NAME}:8200 VAULT_CACERT=/etc/postern/ca.pem; postern login -method=userpass -token-only username=alice password=- </setup/password`,
    )
    await must('postern operator setup -undo -delete-data')
  }).timeout(600_000)

  it('renews its certificate with the same key, for names that the CA permits alone', async () => {
    await must(SETUP)
    const served = `openssl s_client -connect ${NAME}:8200 </dev/null 2>/dev/null | openssl x509 -noout`
    const pin = () => must(`${served} -pubkey`)
    const serial = () => must(`${served} -serial`)
    const [key, first] = [await pin(), await serial()]
    const renew = 'postern operator renew-certificate -config=/etc/postern/engine.toml'
    expect(await must(renew)).to.include('it is not due yet')
    await must(`${renew} -force && systemctl reload postern && sleep 1`)
    expect(await pin()).to.equal(key)
    expect(await serial()).to.not.equal(first)
    const { stderr } = await run(`${renew} -name=www.example.org`)
    expect(stderr).to.include('hosts would reject a certificate for www.example.org')
    await must('postern operator setup -undo -delete-data')
  }).timeout(600_000)

  it('ends the step under way at Ctrl-C, and goes on later', async () => {
    const interrupted = await run(
      `${KILL_AT.replaceAll('kill -9 $!; break', 'kill -INT $!')} kill_at 8; tail -n 3 /tmp/out`,
    )
    expect(interrupted.code).to.equal(0)
    const check = await must(`${SETUP} -check`)
    expect(check).to.match(/^done: enable and start /m)
    expect(check).to.match(/^would enable postern-backup/m)
    await must(SETUP)
    await must('postern operator setup -undo -delete-data; rm -f /tmp/*')
  }).timeout(600_000)

  it('uses the certificate of another CA, and refuses one that hosts would not accept', async () => {
    const { issue, caFile } = certificateAuthority(join(folder, 'ca'))
    const files = (subject: Subject) => {
      const { certFile, keyFile } = issue(subject)
      for (const [file, name] of [
        [certFile, 'own.crt'],
        [keyFile, 'own.key'],
        [caFile, 'own-ca.pem'],
      ] as const)
        cpSync(file, join(folder, name))
      return 'install -d /tls; install -m 644 /setup/own.crt /setup/own.key /setup/own-ca.pem /tls/'
    }
    const own = `${SETUP} -tls-cert=/tls/own.crt -tls-key=/tls/own.key -tls-ca=/tls/own-ca.pem`
    const other = await run(`${files({ names: ['other.example.com'] })}; ${own} -check`)
    expect(other.stdout).to.match(
      /in the way: the certificate in \/tls\/own\.crt is not valid for engine/,
    )
    expect(other.code).to.equal(2)
    const made = JSON.parse(
      await must(`${files({ names: [NAME], addresses: ['127.0.0.1'] })}; ${own} -format=json`),
    )
    const authority = new X509Certificate(readFileSync(caFile))
    expect(made.ca_fingerprint).to.equal(certificateFingerprint(authority))
    expect((await run('ls /etc/postern/ca')).code).to.not.equal(0)
    await must('postern operator setup -undo -delete-data')
  }).timeout(600_000)

  it('refuses a program that its service cannot see, or that others can replace', async () => {
    const refused = await run(
      'install -m 755 /usr/local/bin/postern /root/postern; /root/postern operator setup -check',
    )
    expect(refused.stdout).to.include('this program is in /root/, which its service cannot see')
    await must('rm /root/postern; chmod g+w /usr/local/bin/postern')
    const open = await run(`${SETUP} -check`)
    expect(open.stdout).to.include('other users than root can change /usr/local/bin/postern')
    await must('chmod g-w /usr/local/bin/postern')
  }).timeout(240_000)

  it('asks for the administrator at the terminal, and for the password twice', async () => {
    const ask = `script -qec 'postern operator setup -name=${NAME}' /dev/null`
    // what is typed before a prompt is lost, as at other prompts for passwords
    const typed = (...lines: readonly string[]) =>
      `(${lines.map(line => `sleep 4; echo '${line}'`).join('; ')})`
    const differ = await run(`${typed('alice', PASSWORD, 'another one of it')} | ${ask}`)
    expect(differ.stdout).to.include('the two passwords differ')
    const short = await run(`${typed('alice', 'short', 'short')} | ${ask}`)
    expect(short.stdout).to.include('the password is shorter than 12 characters')
    const made = await must(`${typed('alice', PASSWORD, PASSWORD)} | ${ask}`)
    expect(made).to.include('postern login -method=userpass username=alice')
    expect(made).to.not.include(PASSWORD)
    await must('postern operator setup -undo -delete-data')
  }).timeout(240_000)
}
