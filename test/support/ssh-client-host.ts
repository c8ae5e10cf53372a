import { copyFileSync, existsSync, linkSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Ended, Host } from './lab.ts'
import type { Release } from './releases.ts'
import type { Site } from './site.ts'

const POSTERN = join(import.meta.dirname, '../../dist/postern')

interface ClientOptions {
  readonly name: string
  readonly number: number
  readonly release?: Release
  /** Bash that goes on with setting it up. */
  readonly setup?: string
}

/** A host at which the user `ann` has a token, and runs the plain ssh of its release. */
export class SshClientHost {
  readonly host: Host
  readonly #site: Site

  private constructor(host: Host, site: Site) {
    this.host = host
    this.#site = site
  }

  /** Without a token yet. */
  static async start(
    site: Site,
    { setup = '', ...options }: ClientOptions,
  ): Promise<SshClientHost> {
    const program = join(site.folder, 'postern')
    if (!existsSync(program))
      try {
        linkSync(POSTERN, program)
      } catch {
        // another file system
        copyFileSync(POSTERN, program)
      }
    const host = await site.host({ ...options, bare: true, setup: ANN + setup })
    return new SshClientHost(host, site)
  }

  /** Stores a token with this policy, and the keys of all hosts that there are. */
  async prepare(policy: string): Promise<void> {
    const file = join(this.#site.folder, `${this.host.name}.hcl`)
    writeFileSync(file, policy)
    await this.#site.must('policy', 'write', this.host.name, file)
    const words = ['token', 'create', `-policy=${this.host.name}`, '-field=token']
    const token = await this.#site.must(...words)
    await this.write('.vault-token', token)
    await this.write('.ssh/known_hosts', readFileSync(this.#site.knownHosts, 'utf8'))
  }

  /** Writes a file in the home directory. */
  async write(name: string, text: string): Promise<void> {
    const ended = await this.sh(`umask 077; mkdir -p "$(dirname "$1")"; cat >"$1"`, {
      words: [`/home/ann/${name}`],
      input: text,
    })
    if (ended.code !== 0) throw new Error(ended.stderr)
  }

  /** Runs the command line. */
  postern(words: readonly string[]): Promise<Ended> {
    const env = { POSTERN_ADDR: this.#site.engineUrl, POSTERN_CACERT: '/etc/postern-ca.pem' }
    return this.run(['postern', ...words], env)
  }

  /** Runs a script of the shell. */
  sh(
    script: string,
    { words = [], ...more }: { readonly words?: readonly string[]; readonly input?: string } = {},
  ): Promise<Ended> {
    return this.run(['sh', '-c', script, 'sh', ...words], {}, more)
  }

  /** Runs a command in the home directory, with nothing in its environment that names the engine. */
  run(
    command: readonly string[],
    env: Readonly<Record<string, string>> = {},
    more: { readonly input?: string } = {},
  ): Promise<Ended> {
    const variables = { HOME: '/home/ann', PATH: process.env.PATH ?? '', LC_ALL: 'C', ...env }
    const given = Object.entries(variables).map(([name, value]) => `${name}=${value}`)
    const inside = ['sh', '-c', 'cd /home/ann && exec "$@"', 'sh', ...command]
    const as = ['runuser', '-u', 'ann', '--', 'env', '-i', ...given, 'setsid', '-w', ...inside]
    return this.host.run(as, { timeout: 120_000, ...more })
  }
}

const ANN = `
useradd -m -s /bin/sh ann
install -d -m 700 -o ann -g ann /home/ann/.ssh
install -m 644 /setup/ca.pem /etc/postern-ca.pem
touch /usr/bin/postern
mount --bind /setup/postern /usr/bin/postern
`
