import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  linkSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Certificate,
  type CertificateAuthority,
  certificateAuthority,
} from './certificates.ts'
import { SETUP, USERS } from './host-setup.ts'
import { type Ended, type Host, Lab } from './lab.ts'
import { type Release, rootOf } from './releases.ts'
import { until } from './until.ts'

const ROOT = join(import.meta.dirname, '../..')

export const ENGINE_IP = '10.77.0.1'
const PORT = 8200

/** What the certificate of the engine is for. */
const ENGINE_NAMES = {
  names: ['engine.test', 'engine.example.com'],
  addresses: [ENGINE_IP, 'fd77::1'],
}

interface HostOptions {
  readonly name: string
  /** Last part of its addresses, 11 to 99. */
  readonly number: number
  /** Lines for helper.toml in place of, or besides, the usual ones. */
  readonly helper?: Readonly<Record<string, string>>
  /** The whole of helper.toml. */
  readonly helperFile?: string
  /** Bash that goes on with setting up the host, as root. */
  readonly setup?: string
  /** A fresh host of this release of Debian, in place of a copy of the machine. */
  readonly release?: Release
  /** Without anything of Postern. */
  readonly bare?: true
}

interface LoginOptions {
  readonly host: Host
  readonly user: string
  readonly otp: string
  readonly command?: string
  /** Address to connect to; the host's IPv4 address when left out. */
  readonly address?: string
  /** Seconds until the password is typed. */
  readonly typedAfter?: number
  /** Of ssh, which says what the host says from INFO on. */
  readonly logLevel?: 'ERROR' | 'INFO'
}

/**
 * An engine with TLS, and hosts with an sshd whose PAM stack runs the helper, in a lab of their own. Everything is as it would be
 * installed: the built programs, and the files of packaging/.
 */
export class Site {
  readonly lab: Lab
  /** All files of the site; goes with it. */
  readonly folder: string
  readonly authority: CertificateAuthority
  #engine: ReturnType<Lab['start']> | undefined
  #token = ''
  readonly #served: Certificate

  private constructor(lab: Lab, folder: string) {
    this.lab = lab
    this.folder = folder
    this.authority = certificateAuthority(join(folder, 'ca'))
    this.#served = this.authority.issue(ENGINE_NAMES)
  }

  /** @param lasting whether the engine has what it had, when it is started again */
  static async start({ lasting = false } = {}): Promise<Site> {
    const folder = mkdtempSync(join(tmpdir(), 'postern-site-'))
    let lab: Lab | undefined
    try {
      lab = await Lab.start()
      const site = new Site(lab, folder)
      site.#prepare(lasting)
      await site.startEngine()
      if (lasting) await site.#initialize()
      return site
    } catch (error) {
      await lab?.[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true })
      throw error
    }
  }

  get engineUrl(): string {
    return `https://${ENGINE_IP}:${PORT}`
  }

  /** The certificate of the engine, in PEM. */
  get certificate(): string {
    return readFileSync(this.#served.certFile, 'utf8')
  }

  /** Starts the engine and waits until it listens. If its data is in memory, it is new every time. */
  async startEngine(): Promise<void> {
    const engine = this.lab.start([
      join(ROOT, 'dist/postern'),
      'server',
      `-config=${join(this.folder, 'engine.toml')}`,
    ])
    this.#engine = engine
    let output = ''
    engine.stdout?.on('data', text => {
      output += text
    })
    engine.stderr?.on('data', text => {
      output += text
    })
    const said = () => `the engine did not start:\n${output}`
    await until(() => {
      if (engine.exitCode !== null) throw new Error(said())
      return /^Root Token: \S+\n|"server started"/m.test(output)
    }, said)
    this.#token = /^Root Token: (\S+)$/m.exec(output)?.[1] ?? this.#token
  }

  async #initialize(): Promise<void> {
    this.#token = JSON.parse(await this.must('operator', 'init', '-format=json')).root_token
  }

  /** Ends the engine as a crash would, and waits until it is gone. */
  async crashEngine(): Promise<void> {
    const gone = this.#engine && once(this.#engine, 'exit')
    await this.#signalEngine('KILL')
    await gone
  }

  /** Stops the engine in its tracks: it goes on holding its connections, and answers nothing. */
  async freezeEngine(): Promise<void> {
    await this.#signalEngine('STOP')
  }

  async thawEngine(): Promise<void> {
    await this.#signalEngine('CONT')
    // nsenter, through which it was started, has stopped with it
    this.#engine?.kill('SIGCONT')
  }

  /** Has the engine show another certificate, which is valid for as many days. */
  async serve({ days = 30 }: { readonly days?: number }): Promise<void> {
    const { certFile, keyFile } = this.authority.issue({ ...ENGINE_NAMES, days })
    await this.crashEngine()
    copyFileSync(certFile, this.#served.certFile)
    copyFileSync(keyFile, this.#served.keyFile)
    await this.startEngine()
  }

  async #signalEngine(signal: 'KILL' | 'STOP' | 'CONT'): Promise<void> {
    await this.lab.run(['pkill', `-${signal}`, '-f', 'dist/postern server'])
  }

  /** Runs the command line, as root of the engine. */
  cli(...words: readonly string[]): Promise<Ended> {
    return this.run([join(ROOT, 'dist/postern'), ...words])
  }

  /** Runs a command that finds the engine, a root token and the hosts' keys in its environment. */
  run(command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    return this.lab.run(command, {
      env: { ...this.environment, ...env },
    })
  }

  /** With which a command finds the engine and a root token. */
  get environment(): Readonly<Record<string, string>> {
    return {
      POSTERN_ADDR: this.engineUrl,
      POSTERN_CACERT: this.authority.caFile,
      POSTERN_TOKEN: this.#token,
      HOME: this.folder,
    }
  }

  /** The same, for a command that must succeed; gives what it printed. */
  async must(...words: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.cli(...words)
    if (code !== 0) throw new Error(`postern ${words.join(' ')}: exit ${code}\n${stdout}${stderr}`)
    return stdout.trim()
  }

  /** A new password for a login. */
  issue(role: string, user: string, ip: string): Promise<string> {
    return this.must('write', '-field=key', `ssh/creds/${role}`, `username=${user}`, `ip=${ip}`)
  }

  async host({ name, number, helper = {}, setup = '', ...more }: HostOptions): Promise<Host> {
    const { helperFile, release, bare } = more
    const settings = {
      vault_addr: JSON.stringify(this.engineUrl),
      ca_cert: '"/etc/postern/ca.pem"',
      allowed_roles: '"*"',
      log_file: '"/var/log/postern-helper.log"',
      // a machine that does much else may take longer than a login should
      deadline: '"20s"',
      ...helper,
    }
    const lines = Object.entries(settings).map(([key, value]) => `${key} = ${value}\n`)
    writeFileSync(join(this.folder, `${name}.helper.toml`), helperFile ?? lines.join(''))
    const host = await this.lab.host({
      name,
      ip4: `10.77.0.${number}`,
      ip6: `fd77::${number}`,
      folder: this.folder,
      setup: (bare ? USERS : SETUP) + setup,
      root: release && rootOf(release),
    })
    const key = (await host.read('/etc/ssh/ssh_host_ed25519_key.pub')).split(' ').slice(0, 2)
    for (const ip of [host.ip4, host.ip6])
      appendFileSync(this.knownHosts, `${ip} ${key.join(' ')}\n`)
    return host
  }

  /** File with the keys of all hosts. */
  get knownHosts(): string {
    return join(this.folder, 'known_hosts')
  }

  /** Logs in with OpenSSH, which is given the password without a person. */
  login(login: LoginOptions): Promise<Ended> {
    const { host, user, otp, command = 'id -un', address = host.ip4, logLevel = 'ERROR' } = login
    const typedAfter = String(login.typedAfter ?? 0)
    return this.lab.run(['ssh', ...this.#sshOptions(logLevel), `${user}@${address}`, command], {
      env: {
        ...{ OTP: otp, TYPED_AFTER: typedAfter },
        ...{ SSH_ASKPASS: join(this.folder, 'askpass'), SSH_ASKPASS_REQUIRE: 'force' },
      },
    })
  }

  #sshOptions(logLevel: string): readonly string[] {
    const options = [
      'StrictHostKeyChecking=yes',
      `UserKnownHostsFile=${this.knownHosts}`,
      'PreferredAuthentications=keyboard-interactive',
      'NumberOfPasswordPrompts=1',
      `LogLevel=${logLevel}`,
    ]
    return ['-F', '/dev/null', ...options.flatMap(option => ['-o', option])]
  }

  async [Symbol.asyncDispose]() {
    await this.thawEngine()
    await this.lab[Symbol.asyncDispose]()
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** Configuration of an engine that keeps its data and unseals itself. */
  #lasting(): string {
    const key = join(this.folder, 'seal.key')
    writeFileSync(key, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 })
    const storage = `[storage]\ntype = "sqlite"\npath = "${join(this.folder, 'data')}"\n`
    return `${storage}[seal]\ntype = "file"\npath = "${key}"\n`
  }

  #prepare(lasting: boolean): void {
    const { certFile, keyFile } = this.#served
    const put = (name: string, text: string, mode = 0o644) =>
      writeFileSync(join(this.folder, name), text, { mode })
    put(
      'engine.toml',
      `ui = true\n[listener]\naddress = "[::]:${PORT}"\ntls_cert_file = "${certFile}"\ntls_key_file = "${keyFile}"\ntls_ca_file = "${this.authority.caFile}"\n${lasting ? this.#lasting() : ''}`,
    )
    put(
      'askpass',
      `#!/bin/sh\n[ "\${TYPED_AFTER:-0}" = 0 ] || sleep "$TYPED_AFTER"\nprintf '%s\\n' "$OTP"\n`,
      0o755,
    )
    cpSync(join(ROOT, 'packaging'), join(this.folder, 'packaging'), { recursive: true })
    copyFileSync(this.authority.caFile, join(this.folder, 'ca.pem'))
    const helper = join(this.folder, 'postern-helper')
    try {
      linkSync(join(ROOT, 'dist/helper'), helper)
    } catch {
      // another file system
      copyFileSync(join(ROOT, 'dist/helper'), helper)
    }
  }
}
