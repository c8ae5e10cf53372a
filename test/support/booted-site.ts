import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type Ended, type Host, Lab } from './lab.ts'
import { MadePackages } from './made-packages.ts'
import { type Release, rootOf } from './releases.ts'

const PACKAGES = ['systemd', 'systemd-sysv', 'dbus', 'libpam-systemd', 'logrotate']

/** Milliseconds in which a host boots. */
const BOOT = 60_000

export const ENGINE_NAME = 'engine.example.com'
const ENGINE_IP = '10.77.0.21'

/** What the commands of an administrator find. */
const ENV = {
  PATH: '/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  POSTERN_ADDR: `https://${ENGINE_NAME}:8200`,
  POSTERN_CACERT: '/etc/postern/ca.pem',
}

/** Hosts of one release on which systemd runs, in a lab of their own, and the packages to install there. */
export class BootedSite {
  readonly #lab: Lab
  readonly #release: Release
  /** The hosts see it as /setup. */
  readonly folder: string

  private constructor(lab: Lab, release: Release, folder: string) {
    this.#lab = lab
    this.#release = release
    this.folder = folder
  }

  /** @param versions of both packages */
  static async start(release: Release, versions: readonly string[]): Promise<BootedSite> {
    const folder = mkdtempSync(join(tmpdir(), 'postern-booted-'))
    using made = await MadePackages.make(versions)
    for (const version of versions)
      for (const name of ['postern', 'postern-helper'] as const) {
        const file = made.file(name, version)
        copyFileSync(file, join(folder, basename(file).replace(/_[^_]*$/, '.deb')))
      }
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'key')])
    writeFileSync(join(folder, 'askpass'), '#!/bin/sh\nprintf "%s\\n" "$OTP"\n', { mode: 0o755 })
    return new BootedSite(await Lab.start(), release, folder)
  }

  /** A host that has started everything. @param number last part of its addresses; 21 is the engine's */
  async host(name: string, number: number): Promise<BootedHost> {
    const host = await this.#lab.boot({
      ...{ name, ip4: `10.77.0.${number}`, ip6: `fd77::${number}` },
      ...{ folder: this.folder, root: rootOf(this.#release, PACKAGES) },
    })
    const booted = new BootedHost(this.#lab, this.folder, host)
    await booted.started()
    await booted.must(`echo '${ENGINE_IP} ${ENGINE_NAME}' >>/etc/hosts`)
    return booted
  }

  async [Symbol.asyncDispose]() {
    await this.#lab.shutDown()
    await this.#lab[Symbol.asyncDispose]()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** A host on which systemd runs. */
export class BootedHost {
  readonly #lab: Lab
  readonly #folder: string
  readonly #host: Host

  constructor(lab: Lab, folder: string, host: Host) {
    this.#lab = lab
    this.#folder = folder
    this.#host = host
  }

  get address(): string {
    return this.#host.ip4
  }

  sh(script: string): Promise<Ended> {
    return this.#host.run(['bash', '-c', script], { env: ENV })
  }

  /** Runs a script that must succeed, as root, and gives what it printed. @throws {Error} with what it said */
  async must(script: string): Promise<string> {
    const { code, stdout, stderr } = await this.sh(script)
    if (code !== 0) throw new Error(`exit code ${code} of ${script}\n${stdout}${stderr}`)
    return stdout.trim()
  }

  /** Waits until systemd has started everything. @throws {Error} with the units that failed */
  async started(): Promise<void> {
    const deadline = performance.now() + BOOT
    for (;;) {
      const { stdout } = await this.sh('systemctl is-system-running')
      if (stdout.trim() === 'running') return
      if (stdout.trim() === 'degraded' || performance.now() > deadline)
        throw new Error(
          `${stdout}${(await this.sh('systemctl --failed; systemctl list-jobs')).stdout}`,
        )
      await wait(100)
    }
  }

  /** Waits until a script succeeds. @throws {Error} after a minute, with what it said last */
  async until(script: string): Promise<void> {
    const deadline = performance.now() + BOOT
    while ((await this.sh(script)).code !== 0) {
      if (performance.now() > deadline) await this.must(script)
      await wait(200)
    }
  }

  async reboot(): Promise<void> {
    const id = 'cat /proc/sys/kernel/random/boot_id'
    const before = await this.must(id)
    await this.sh('systemctl reboot')
    while (['', before].includes((await this.sh(id)).stdout.trim())) await wait(100)
    await this.started()
  }

  /** Logs in as alice with a one-time password. */
  withPassword(otp: string, command: string): Promise<Ended> {
    return this.#ssh(
      ['-o', 'PreferredAuthentications=keyboard-interactive', `alice@${this.address}`, command],
      {
        ...{ OTP: otp, SSH_ASKPASS: join(this.#folder, 'askpass'), SSH_ASKPASS_REQUIRE: 'force' },
      },
    )
  }

  /** Logs in as root with a key. */
  withKey(command: string): Promise<Ended> {
    const words = ['-i', join(this.#folder, 'key'), '-o', 'BatchMode=yes']
    return this.#ssh([...words, `root@${this.address}`, command])
  }

  #ssh(words: readonly string[], env = {}): Promise<Ended> {
    const known = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR']
    const options = [...known, 'NumberOfPasswordPrompts=1'].flatMap(option => ['-o', option])
    return this.#lab.run(['ssh', '-F', '/dev/null', ...options, ...words], { env })
  }
}
