import { spawn } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { EXIT_CODES, type ExitReason } from '../../helper/exit-codes.ts'
import {
  type Certificate,
  type CertificateAuthority,
  certificateAuthority,
} from './certificates.ts'
import { type Conduct, Hostile } from './hostile.ts'

/** The built program. */
export const HELPER = join(import.meta.dirname, '../../dist/helper')

/** The password of every run. Of none of its bytes may anything be seen but by an engine that is trusted. */
export const OTP = '2f7e25a2-24c9-4b7b-0d35-27d5e5203a5c'

/** The address that the client dialled. */
export const HERE = '10.1.2.3'

/** All that a program which pam_exec runs for sshd finds in its environment. */
export const PAM = {
  PAM_SERVICE: 'sshd',
  PAM_USER: 'alice',
  PAM_TYPE: 'auth',
  PAM_TTY: 'ssh',
  PAM_RHOST: '192.0.2.7',
  SSH_CONNECTION: `192.0.2.7 50000 ${HERE} 22`,
  SSH_AUTH_INFO_0: '',
}

export interface Run {
  /** Lines of the configuration besides the usual ones, or in their place. */
  readonly settings?: Readonly<Record<string, unknown>>
  readonly engines?: readonly (Hostile | string)[]
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string | Buffer
  readonly words?: readonly string[]
  /** A command of the helper, which no PAM runs. */
  readonly verb?: string
  /** A command to run in place of the helper, with the helper's words after it. */
  readonly command?: readonly string[]
  /** The configuration, in place of one made from `settings`. */
  readonly file?: string
  /** The name of the host, whose runs have one file of configuration; each run has its own if left out. */
  readonly host?: string
  /** Whether the user sees stderr, as with the option stdout of pam_exec, in place of a file, as with its option log. */
  readonly seen?: true
  /** Told the number of the process. */
  readonly started?: (pid: number) => void
}

export interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
  readonly log: string
  /** Milliseconds. */
  readonly took: number
}

/** A folder with an authority and configurations, in which helpers are run as pam_exec does. */
export class Bed {
  readonly folder = mkdtempSync(join(tmpdir(), 'postern-helper-'))
  readonly authority: CertificateAuthority = certificateAuthority(join(this.folder, 'ca'))
  readonly certificate: Certificate = this.authority.issue({ addresses: ['127.0.0.1'] })
  #runs = 0

  engine(conduct: Conduct): Promise<Hostile> {
    return Hostile.start({ certificate: this.certificate, conduct })
  }

  async run(run: Run = {}): Promise<Ended> {
    const name = join(this.folder, `run${this.#runs++}`)
    const log = `${name}.log`
    const config = run.host === undefined ? `${name}.toml` : join(this.folder, `${run.host}.toml`)
    writeFileSync(config, run.file ?? this.#settings(run, log), { mode: 0o600 })
    const { words = [], command = [], verb, input = OTP } = run
    const env = run.env ?? (verb === undefined ? PAM : {})
    const [program = '', ...rest] = [
      ...[...command, HELPER, ...(verb === undefined ? [] : [verb])],
      ...[`-config=${config}`, ...words],
    ]
    const started = performance.now()
    const errors = openSync(`${name}.stderr`, 'a')
    const child = spawn(program, rest, {
      env,
      cwd: '/',
      stdio: ['pipe', 'pipe', run.seen ? 'pipe' : errors],
    })
    closeSync(errors)
    if (child.pid !== undefined) run.started?.(child.pid)
    let [stdout, stderr] = ['', '']
    child.stdout?.on('data', text => {
      stdout += text
    })
    child.stderr?.on('data', text => {
      stderr += text
    })
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
    const [code, signal] = await new Promise<[number | null, string | null]>(resolve =>
      child.on('close', (...ended) => resolve(ended)),
    )
    const written = existsSync(log) ? readFileSync(log, 'utf8') : ''
    stderr += readFileSync(`${name}.stderr`, 'utf8')
    return { code, signal, stdout, stderr, log: written, took: performance.now() - started }
  }

  #settings({ engines = [], settings = {} }: Run, log: string): string {
    const all = {
      vault_addr: engines.map(each => (typeof each === 'string' ? each : each.url)),
      ca_cert: this.authority.caFile,
      allowed_roles: '*',
      log_file: log,
      // a machine that does much else may take longer than a login should
      deadline: '20s',
      ...settings,
    }
    return Object.entries(all)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`)
      .join('')
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true })
  }
}

/** Asserts that a run ended so, logged that with `reason`, wrote nothing for the user, and said the password to nobody. */
export function expectEnd(ended: Ended, end: ExitReason, reason = /./): void {
  const { code, stdout, stderr, log } = ended
  expect(code, stderr).to.equal(EXIT_CODES[end].code)
  expect(stdout).to.equal('')
  for (const part of [OTP, OTP.slice(0, 8), OTP.slice(-12)])
    expect(`${stderr}${log}`).not.to.contain(part)
  const decision = end === 'allowed' ? 'allowed' : 'denied'
  const line = stderr.split('\n').find(each => each.startsWith(`decision=${decision} end=${end} `))
  expect(line, stderr).not.to.equal(undefined)
  if (end !== 'allowed') expect(/ reason=(.*)/.exec(line ?? '')?.[1]).to.match(reason)
}

/** Does the work for all cases, a few at a time, and keeps what came of each under its name. */
export async function together<C extends readonly [string, ...unknown[]], T>(
  cases: readonly C[],
  work: (each: C) => Promise<T>,
): Promise<ReadonlyMap<string, T>> {
  const [results, left] = [new Map<string, T>(), [...cases]]
  const one = async () => {
    for (let each = left.shift(); each !== undefined; each = left.shift())
      results.set(each[0], await work(each))
  }
  await Promise.all(Array.from({ length: 6 }, one))
  return results
}
