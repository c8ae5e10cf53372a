import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BY_SSHD, denied } from './denied.ts'
import type { Keygen } from './keygen.ts'
import type { Ended, Host } from './lab.ts'
import type { Site } from './site.ts'

/** What makes a host a target of dynamic keys: an admin user with sudo, whose key the engine has. */
export const TARGET = `
# else sudo waits for a name server
echo "127.0.1.1 $(hostname)" >>/etc/hosts
useradd -m -s /bin/bash -p '*' otpadmin
install -d -m 700 -o otpadmin -g otpadmin ~otpadmin/.ssh
install -m 600 -o otpadmin -g otpadmin /setup/admin.pub ~otpadmin/.ssh/authorized_keys
printf 'otpadmin ALL=(root) NOPASSWD: ALL\\n' >/etc/sudoers.d/otpadmin
chmod 440 /etc/sudoers.d/otpadmin
`

/** An installed key as its owner has it. */
export interface Given {
  readonly lease: string
  /** File of the private key. */
  readonly file: string
  readonly warnings: readonly string[] | null
  readonly data: Readonly<Record<string, unknown>>
}

/** A site whose engine installs keys. */
export class Installing {
  readonly #site: Site
  readonly #keygen: Keygen

  constructor(site: Site, keygen: Keygen) {
    this.#site = site
    this.#keygen = keygen
  }

  /** Makes the admin user's key, and registers it as `admin`. Comes before the hosts. */
  async prepare(): Promise<void> {
    const admin = this.#keygen.key('-t', 'ed25519')
    writeFileSync(join(this.#site.folder, 'admin.pub'), `${admin.line}\n`)
    await this.#site.must('secrets', 'enable', 'ssh')
    await this.#site.must('write', 'ssh/keys/admin', `key=@${admin.file}`)
  }

  /** Writes a role that knows the hosts of the site. */
  role(name: string, more: Readonly<Record<string, string>> = {}): Promise<string> {
    const fields = {
      key_type: 'dynamic',
      key: 'admin',
      admin_user: 'otpadmin',
      default_user: 'alice',
      allowed_users: '*',
      cidr_list: '10.77.0.0/24,fd77::/64',
      key_algorithm: 'ed25519',
      known_hosts: `@${this.#site.knownHosts}`,
      ttl: '1h',
      ...more,
    }
    const words = Object.entries(fields).map(([field, value]) => `${field}=${value}`)
    return this.#site.must('write', `ssh/roles/${name}`, ...words)
  }

  /** Asks for a key, and keeps it in a file. @throws {Error} with what the engine says, if it is refused */
  async ask(role: string, ip: string, ...more: readonly string[]): Promise<Given> {
    const text = await this.#site.must(
      ...['write', '-format=json', `ssh/creds/${role}`, `ip=${ip}`, ...more],
    )
    const { lease_id: lease, data, warnings } = JSON.parse(text)
    const file = this.#keygen.write(`given-${lease.replaceAll('/', '-')}`, data.key)
    return { lease, file, data, warnings }
  }

  /** Logs in with a key, and with nothing else. */
  login({ file }: Given, host: Host, user = 'alice', address = host.ip4): Promise<Ended> {
    const options = [
      'IdentitiesOnly=yes',
      'StrictHostKeyChecking=yes',
      `UserKnownHostsFile=${this.#site.knownHosts}`,
      'PreferredAuthentications=publickey',
      'LogLevel=ERROR',
    ]
    const words = options.flatMap(option => ['-o', option])
    return this.#site.lab.run([
      ...['ssh', '-F', '/dev/null', '-i', file, ...words, `${user}@${address}`, 'id -un'],
    ])
  }

  /** Asserts that sshd of `host` finds no key that lets `user` in. */
  denied(given: Given, host: Host, user = 'alice'): Promise<Ended> {
    return denied(() => this.login(given, host, user), BY_SSHD, host)
  }

  revoke({ lease }: Given): Promise<Ended> {
    return this.#site.cli('write', '-f', 'sys/leases/revoke', `lease_id=${lease}`)
  }
}
