import { execFile, execFileSync } from 'node:child_process'
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { certificateAuthority } from './certificates.ts'

const ROOT = join(import.meta.dirname, '../..')
const LAB = join(import.meta.dirname, 'lab')
const SCRIPT = join(LAB, 'machine')

/** Security modules of the kernel, each with a script of its name in lab/trial. */
type SecurityModule = 'selinux' | 'apparmor'

/** Milliseconds. It takes four minutes on a machine that does nothing else. */
const LONGEST_TRIAL = 25 * 60_000

/** A Debian 13 with a kernel of its own, which is emulated. Needs root. */
export class Machine {
  readonly #folder = mkdtempSync(join(tmpdir(), 'postern-machine-'))
  /** Its root file system, before it is booted. */
  readonly root = join(this.#folder, 'root')

  constructor() {
    const made = execFileSync(SCRIPT, ['root'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    execFileSync('cp', ['-a', made.trim(), this.root])
  }

  /** Runs a shell command in its root file system, under the kernel of this machine. @throws {Error} with what it printed, if it fails */
  prepare(command: string): string {
    return execFileSync('chroot', [this.root, 'sh', '-ec', command], { encoding: 'utf8' })
  }

  /** Boots it, has it try logins, and gives the results by their names. */
  async trial(module: SecurityModule): Promise<ReadonlyMap<string, string>> {
    const words = ['boot', this.root, module, this.#trialFolder(module)]
    const { stdout } = await promisify(execFile)(SCRIPT, words, { timeout: LONGEST_TRIAL })
    const rows = stdout.split('\n').map(line => /^([^:]+): (.*)$/.exec(line))
    return new Map(rows.flatMap(row => (row ? [[row[1] ?? '', row[2] ?? '']] : [])))
  }

  #trialFolder(module: SecurityModule): string {
    const folder = join(this.#folder, 'trial')
    mkdirSync(folder)
    for (const name of ['postern', 'postern-helper', 'helper-jitless'])
      copyFileSync(join(ROOT, 'dist', name), join(folder, name))
    cpSync(join(ROOT, 'packaging'), join(folder, 'packaging'), { recursive: true })
    copyFileSync(join(LAB, 'trial/common'), join(folder, 'common'))
    copyFileSync(join(LAB, 'trial', module), join(folder, 'run'))
    const authority = certificateAuthority(join(this.#folder, 'ca'))
    const { certFile, keyFile } = authority.issue({ addresses: ['10.77.0.1'] })
    copyFileSync(authority.caFile, join(folder, 'ca.pem'))
    copyFileSync(certFile, join(folder, 'server.crt'))
    copyFileSync(keyFile, join(folder, 'server.key'))
    return folder
  }

  [Symbol.dispose]() {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
