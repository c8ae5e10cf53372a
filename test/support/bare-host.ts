import { execFileSync } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Ended, Host } from './lab.ts'
import type { Release } from './releases.ts'
import type { Site } from './site.ts'

/** The password of alice's account, which sshd must never take. */
export const UNIX_PASSWORD = 'unix-password-1'

/** A host without anything of Postern but the program, where root and alice have a key, and passwords are off. */
const SETUP = `
ln -s /setup/postern-helper /usr/local/sbin/postern-helper
echo 'alice:${UNIX_PASSWORD}' | chpasswd
printf 'PasswordAuthentication no\\nKbdInteractiveAuthentication no\\nChallengeResponseAuthentication no\\n' > /etc/ssh/sshd_config.d/50-cloud.conf
install -d -m 700 /root/.ssh
install -m 600 /setup/key.pub /root/.ssh/authorized_keys
install -d -m 700 -o alice /home/alice/.ssh
install -m 600 -o alice /setup/key.pub /home/alice/.ssh/authorized_keys
`

/** A host on which `postern-helper setup` is run. */
export class BareHost {
  readonly #site: Site
  readonly host: Host

  private constructor(site: Site, host: Host) {
    this.#site = site
    this.host = host
  }

  /** Makes the mount, and a role for alice. Comes before the hosts. */
  static async prepare(site: Site): Promise<void> {
    await site.must('secrets', 'enable', 'ssh')
    const role = ['key_type=otp', 'default_user=alice', 'cidr_list=10.77.0.0/24', 'ttl=5m']
    await site.must('write', 'ssh/roles/ops', ...role)
  }

  static async start(
    site: Site,
    options: {
      readonly name: string
      readonly number: number
      readonly release?: Release
      readonly setup?: string
    },
  ): Promise<BareHost> {
    const key = join(site.folder, 'key')
    if (!existsSync(key)) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key])
    const { setup = '', ...more } = options
    return new BareHost(site, await site.host({ ...more, bare: true, setup: SETUP + setup }))
  }

  /** The flags that name the engine. */
  get engine(): readonly string[] {
    const { raw } = new X509Certificate(readFileSync(this.#site.authority.caFile))
    const digest = createHash('sha256').update(raw).digest('base64').replace(/=+$/, '')
    return [`-engine=${this.#site.engineUrl}`, `-ca-fingerprint=SHA256:${digest}`]
  }

  /** Issues an enrolment token, and returns the flags that use it. */
  async enrolling(name: string): Promise<readonly string[]> {
    const token = await this.#site.must('write', '-f', '-field=token', `ssh/hosts/${name}/enroll`)
    await this.host.run(['sh', '-c', 'umask 077; cat > /root/enroll-token'], { input: token })
    return [`-name=${name}`, '-enroll-token-file=/root/enroll-token']
  }

  setup(...words: readonly string[]): Promise<Ended> {
    return this.host.run(['postern-helper', 'setup', ...words])
  }

  /** The same at a terminal, where the answer is yes. */
  setupAtTerminal(...words: readonly string[]): Promise<Ended> {
    const command = ['postern-helper', 'setup', ...words].join(' ')
    return this.host.run(['script', '-qec', command, '/dev/null'], { input: 'y\n' })
  }

  /** The same, killed when it asks for the disk to be synced for the nth time, as if the power had gone. Returns whether it was. */
  async setupKilled(nth: number, ...words: readonly string[]): Promise<boolean> {
    const { code } = await this.#site.lab.run([
      ...['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=fsync'],
      ...['-e', `inject=fsync:signal=SIGKILL:when=${nth}`],
      ...[join(import.meta.dirname, 'lab/host'), 'run', this.host.name],
      ...['postern-helper', 'setup', ...words],
    ])
    return code !== 0
  }

  /** Has sshd start anew with what is on the disk, as after a reboot. */
  async rebootSshd(): Promise<void> {
    const { code, stderr } = await this.sh(`
for pid in $(pgrep -x sshd); do case $(tr '\\0' ' ' < /proc/$pid/cmdline) in *[listener]*) kill -9 $pid;; esac; done
/usr/sbin/sshd -t && /usr/sbin/sshd`)
    if (code !== 0) throw new Error(`sshd did not start: ${stderr}`)
  }

  sh(script: string): Promise<Ended> {
    return this.host.run(['bash', '-c', script])
  }

  /** Whether alice can log in by a one-time password, the password of the account, another word, and a key. */
  async logins(): Promise<{ otp: boolean; unix: boolean; word: boolean; key: boolean }> {
    const issued = await this.#site.issue('ops', 'alice', this.host.ip4)
    const [otp, word, safety] = await Promise.all([
      this.#typed(issued),
      this.#typed('junk'),
      this.safety(),
    ])
    return { otp, word, ...safety }
  }

  /** Whether alice can log in by the password of the account, and by a key. */
  async safety(): Promise<{ unix: boolean; key: boolean }> {
    const [unix, { code }] = await Promise.all([this.#typed(UNIX_PASSWORD), this.withKey('id -un')])
    return { unix, key: code === 0 }
  }

  async #typed(otp: string): Promise<boolean> {
    return (await this.#site.login({ host: this.host, user: 'alice', otp })).code === 0
  }

  /** Logs in with a key, and runs a command. */
  withKey(command: string, user = 'alice'): Promise<Ended> {
    const options = [
      'BatchMode=yes',
      'IdentitiesOnly=yes',
      `UserKnownHostsFile=${this.#site.knownHosts}`,
    ]
    return this.#site.lab.run([
      ...['ssh', '-F', '/dev/null', '-i', join(this.#site.folder, 'key')],
      ...options.flatMap(option => ['-o', option]),
      ...[`${user}@${this.host.ip4}`, command],
    ])
  }

  /** All that a set-up may change, with content, owner and mode, as one text. */
  async files(): Promise<string> {
    const { stdout } = await this.sh(`
for each in $(find /etc/pam.d /etc/ssh /etc/postern /etc/systemd/system /usr/lib/pam.d /var/lib/postern-helper -not -name 'ssh_host_*' 2>/dev/null | sort); do
  stat -c '%n %F %a %U:%G' "$each"; [ ! -f "$each" ] || sha256sum < "$each"
done; true`)
    return stdout
  }
}

/** What users can do on a host that is set up, and on one that is not. */
export const [SET_UP, NOT_SET_UP] = [
  { otp: true, unix: false, word: false, key: true },
  { otp: false, unix: false, word: false, key: true },
]
