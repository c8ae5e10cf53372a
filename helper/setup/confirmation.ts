import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { outputOf } from '../commands/run-program.ts'
import { Refusal } from '../refusal.ts'
import { fileWith, linkTo } from './file-state.ts'
import type { Journal } from './journal.ts'
import { parentOf, startedAt } from './process-start.ts'

/** Names of the processes of a session of sshd. */
const SESSIONS = ['sshd', 'sshd-session']

/** The word in place of an id with which the unit at boot runs a rollback. */
export const AT_BOOT = 'boot'

export const hasSystemd = (): boolean => existsSync('/run/systemd/system')

/** The unit that takes an unfinished set-up back at boot, before sshd accepts a login, and the link that enables it. */
export const bootUnit = (helper: string, unfinishedFile: string) => [
  {
    file: '/etc/systemd/system/postern-setup-rollback.service',
    next: fileWith(`# Written by "postern-helper setup", and removed by "postern-helper setup -undo".
[Unit]
Description=Take back a set-up of postern-helper that was not finished or confirmed
ConditionPathExists=${unfinishedFile}
# sockets are started before what has the default dependencies
DefaultDependencies=no
After=local-fs.target
RequiresMountsFor=/etc /usr /var/lib
Conflicts=shutdown.target
Before=ssh.service sshd.service ssh.socket sshd.socket shutdown.target

[Service]
Type=oneshot
ExecStart=${helper} setup -rollback=${AT_BOOT}
# the AppArmor profile of logins, where it is loaded, forbids what this does
AppArmorProfile=-unconfined

[Install]
WantedBy=multi-user.target
`),
  },
  {
    file: '/etc/systemd/system/multi-user.target.wants/postern-setup-rollback.service',
    next: linkTo('../postern-setup-rollback.service'),
  },
]

const unitOf = (id: string) => `postern-setup-rollback-${id}`

/** How long a rollback waits, and by which file it knows that it is not needed any more. */
interface Armed {
  readonly id: string
  readonly seconds: number
  readonly unfinishedFile: string
}

/**
 * Has a set-up taken back after some seconds, unless it is finished: by a timer of systemd, or by a process of its own, which outlives
 * the session.
 */
export function armRollback(helper: string, { id, seconds, unfinishedFile }: Armed): void {
  const command = [helper, 'setup', `-rollback=${id}`]
  if (hasSystemd()) {
    const timer = [`--on-active=${seconds}s`, '--timer-property=AccuracySec=1s', '--quiet']
    const service = ['--property=AppArmorProfile=-unconfined', `--unit=${unitOf(id)}`]
    outputOf('systemd-run', ['systemd-run', ...service, ...timer, ...command])
    return
  }
  const script =
    'n=0; while [ $n -lt $1 ]; do sleep 1; [ -e "$2" ] || exit 0; n=$((n + 1)); done; shift 2; exec "$@"'
  const words = ['-c', script, 'postern-setup', String(seconds), unfinishedFile, ...command]
  spawn('sh', words, { detached: true, stdio: 'ignore', cwd: '/' }).unref()
}

/** The timer would do nothing any more; without systemd the process finds that out by itself. */
export function disarmRollback(id: string): void {
  if (!hasSystemd()) return
  try {
    outputOf('systemctl', ['systemctl', 'stop', `${unitOf(id)}.timer`])
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
  }
}

/**
 * Requires that this process belongs to a login by ssh that began after the set-up, so that one can still log in.
 * @throws {Refusal}
 */
export function requireNewLogin({ since }: Pick<Journal, 'since'>): void {
  for (let pid: number | undefined = process.pid; pid !== undefined && pid > 1; pid = parentOf(pid))
    if (SESSIONS.includes(programOf(pid)) && (startedAt(pid) ?? 0) > since) return
  throw new Refusal(
    'usage',
    'run "postern-helper setup -confirm" in a new login by ssh, which shows that one can still log in: not in the session that ran setup, at the console, or in tmux or screen',
  )
}

function programOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trimEnd()
  } catch {
    return ''
  }
}
