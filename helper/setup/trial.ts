import { spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Secret } from '../../shared/secret.ts'
import { checkWith } from '../commands/run-program.ts'
import { TRIAL_SERVICE } from '../pam.ts'
import { Refusal } from '../refusal.ts'
import { fileWith, removeDraft, stateOf, writeState } from './file-state.ts'

/** Milliseconds for one login. */
const TIMEOUT = 60_000

const STACK = `/etc/pam.d/${TRIAL_SERVICE}`

/** What the trial needs. */
interface TrialSetting {
  /** Absolute path of sshd. */
  readonly sshd: string
  /** Whether sshd takes the name of its PAM service from its settings; otherwise it is that of its program. */
  readonly namesService: boolean
  /** The planned stack. */
  readonly stack: string
  /** A directory of root's for keys and settings. */
  readonly folder: string
  /** A directory of root's in which programs can be executed. */
  readonly programs: string
  /** The user who logs in. */
  readonly user: string
}

/** How a login ended. */
export interface TrialLogin {
  readonly allowed: boolean
  /** What ssh, and where it was refused sshd, said. */
  readonly said: string
}

/**
 * An sshd that runs once for each login, over a pipe in place of a port, with settings and a PAM stack of its own. No other sshd uses
 * that stack.
 */
export class Trial {
  readonly #setting: TrialSetting
  readonly #server: readonly string[]

  /** @throws {Refusal} if there is no ssh, or the trial cannot be prepared */
  constructor(setting: TrialSetting) {
    this.#setting = setting
    this.#server = [this.#prepare(), '-i', '-f', this.#path('sshd_config'), '-E', this.#path('log')]
    writeState(STACK, fileWith(setting.stack))
  }

  /** Removes the stack that a trial which was cut off has left. */
  static clear(): void {
    removeDraft(STACK)
    if (stateOf(STACK)) writeState(STACK, undefined)
  }

  [Symbol.dispose](): void {
    Trial.clear()
    rmSync(join(this.#setting.programs, 'askpass'), { force: true })
    rmSync(this.#setting.folder, { recursive: true, force: true })
  }

  /** Logs in with what a user would type. @throws {Refusal} if ssh did not come so far */
  async login(typed: string | Secret): Promise<TrialLogin> {
    const { code, said } = await this.#ssh(typeof typed === 'string' ? typed : typed.reveal())
    if (code === 0) return { allowed: true, said }
    if (/Permission denied/.test(said)) return { allowed: false, said }
    throw new Refusal(
      'trial',
      `the trial login did not come to an end: ${said || `ssh ended with ${code}`}${this.#lastLines()}`,
    )
  }

  /** A password as the engine issues them, which it has not issued. */
  static readonly unknownPassword = (): string => randomUUID()

  /** The end of sshd's log, on lines of their own. */
  #lastLines(): string {
    const log = this.#path('log')
    if (!existsSync(log)) return ''
    return `\n${readFileSync(log, 'utf8').trim().split('\n').slice(-5).join('\n')}`
  }

  #path(name: string): string {
    return join(this.#setting.folder, name)
  }

  /** Returns the program to run as sshd. */
  #prepare(): string {
    const { sshd, namesService, folder, programs } = this.#setting
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    mkdirSync(programs, { recursive: true, mode: 0o700 })
    checkWith('a key for the trial', [
      'ssh-keygen',
      '-q',
      '-t',
      'ed25519',
      '-N',
      '',
      '-f',
      this.#path('key'),
    ])
    const [type, key] = readFileSync(this.#path('key.pub'), 'utf8').split(' ')
    writeFileSync(this.#path('known_hosts'), `trial ${type} ${key}\n`)
    writeFileSync(this.#path('sshd_config'), this.#settings())
    writeFileSync(join(programs, 'askpass'), `#!/bin/sh\nprintf '%s\\n' "$POSTERN_TRIAL"\n`, {
      mode: 0o700,
    })
    if (!spawnSync('ssh', ['-V']).error) {
      if (namesService) return sshd
      // the service is then the name of the program
      symlinkSync(sshd, this.#path(TRIAL_SERVICE))
      return this.#path(TRIAL_SERVICE)
    }
    throw new Refusal(
      'settings',
      'the trial login needs ssh: install openssh-client (RHEL, SUSE: openssh-clients)',
    )
  }

  #settings(): string {
    const lines = [
      `HostKey ${this.#path('key')}`,
      ...(this.#setting.namesService ? [`PAMServiceName ${TRIAL_SERVICE}`] : []),
      ...['UsePAM yes', 'KbdInteractiveAuthentication yes', 'ChallengeResponseAuthentication yes'],
      ...['PasswordAuthentication no', 'PubkeyAuthentication no', 'PermitRootLogin yes'],
      ...['AuthenticationMethods keyboard-interactive', 'PrintMotd no', 'ForceCommand true'],
      ...['PidFile none', 'LogLevel VERBOSE', 'AuthorizedKeysFile none'],
    ]
    return `${lines.join('\n')}\n`
  }

  #ssh(typed: string): Promise<{ readonly code: number | null; readonly said: string }> {
    const options = [
      ...['StrictHostKeyChecking=yes', `UserKnownHostsFile=${this.#path('known_hosts')}`],
      ...['GlobalKnownHostsFile=/dev/null', 'HostKeyAlias=trial', 'LogLevel=INFO', 'RequestTTY=no'],
      ...['PreferredAuthentications=keyboard-interactive', 'NumberOfPasswordPrompts=1'],
      ...['PubkeyAuthentication=no', 'GSSAPIAuthentication=no', 'ControlPath=none'],
      `ProxyCommand=${this.#server.join(' ')}`,
    ]
    const words = [...options.flatMap(option => ['-o', option]), `${this.#setting.user}@trial`]
    const { promise, resolve } = Promise.withResolvers<{ code: number | null; said: string }>()
    const child = spawn('ssh', ['-F', '/dev/null', ...words], {
      // before OpenSSH 8.4 ssh asks a program only without a terminal, and with a display
      detached: true,
      timeout: TIMEOUT,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        SSH_ASKPASS: join(this.#setting.programs, 'askpass'),
        ...{ SSH_ASKPASS_REQUIRE: 'force', DISPLAY: ':0', POSTERN_TRIAL: typed },
      },
    })
    let said = ''
    child.stderr.on('data', text => {
      said += text
    })
    child.on('error', error => resolve({ code: null, said: error.message }))
    child.on('close', code => resolve({ code, said: said.trim() }))
    return promise
  }
}
