import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { Refusal } from '../refusal.ts'
import { startedAt } from './process-start.ts'

/** Milliseconds for an sshd to read its configuration again, or for a connection to end. */
const PATIENCE = 15_000

/** A process that accepts connections for sshd. */
interface Listener {
  readonly pid: number
}

const PROGRAMS = ['sshd', 'sshd-session', 'sshd-auth']

/** Titles of the processes of a connection that has not authenticated yet, in every version of OpenSSH. */
const NOT_AUTHENTICATED = /\[(?:accepted|net|pam|preauth)\]/

/**
 * Has every sshd of this host that uses its usual configuration read it again, and waits until it has. Then closes the connections that
 * have not authenticated: they have the old configuration, and would ask PAM for a service that may be removed. The caller has checked
 * the configuration: an sshd that cannot read it ends.
 * @returns how many were reloaded; 0 where sshd does not run, or is started for each connection
 * @throws {Refusal} if one does not come back
 */
export async function reloadSshd(): Promise<number> {
  const found = listeners()
  for (const listener of found) await (isActivated(listener) ? end(listener) : reload(listener))
  await closeConnections()
  return found.length
}

function listeners(): readonly Process[] {
  return processes('sshd').filter(({ pid, title }) => {
    const isSession = title.startsWith('sshd: ') && !title.includes('[listener]')
    const [, config] = /\s-f\s*(\S+)/.exec(title) ?? []
    return !isSession && !/\s-i\b/.test(title) && usesUsualConfig(config) && pid !== process.pid
  })
}

const usesUsualConfig = (config: string | undefined) =>
  config === undefined || config === '/etc/ssh/sshd_config'

/**
 * Whether process 1 has opened the socket on which a process listens, as with ssh.socket. Such an sshd cannot listen again after a
 * reload, since systemd has its port; it is started again for the next connection, with what is then in the files.
 */
const isActivated = ({ pid }: Listener): boolean => {
  const given = pid === 1 ? [] : listeningSockets(1)
  return listeningSockets(pid).some(socket => given.includes(socket))
}

/** Sessions go on: they are processes of their own. */
async function end({ pid, since }: Process): Promise<void> {
  process.kill(pid, 'SIGTERM')
  if (await until(() => startedAt(pid) !== since)) return
  throw new Refusal('settings', `sshd (process ${pid}), which systemd has started, does not end`)
}

async function reload({ pid }: Listener): Promise<void> {
  const before = auxiliaryVector(pid)
  process.kill(pid, 'SIGHUP')
  // it executes itself again: the same process, with another memory layout
  const isNew = () => auxiliaryVector(pid) !== before && listeningSockets(pid).length > 0
  if (await until(isNew)) return
  throw new Refusal(
    'settings',
    `sshd (process ${pid}) does not listen again after a reload: look at its log, and do not close this session`,
  )
}

async function closeConnections(): Promise<void> {
  const waiting = PROGRAMS.flatMap(processes).filter(({ title }) => NOT_AUTHENTICATED.test(title))
  for (const { pid } of waiting) terminate(pid)
  const left = () => waiting.filter(({ pid, since }) => startedAt(pid) === since)
  if (await until(() => left().length === 0)) return
  throw new Refusal(
    'settings',
    `connections that began before the reload of sshd are still waiting for a login (processes ${left()
      .map(({ pid }) => pid)
      .join(', ')})`,
  )
}

function terminate(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM')
  } catch {
    // has ended by itself
  }
}

interface Process extends Listener {
  /** When it was started, in clock ticks since the boot. */
  readonly since: number | undefined
  /** Its command line, or the title that it has given itself. */
  readonly title: string
}

/** The processes of a program in this mount namespace: containers have an sshd of their own. */
function processes(program: string): readonly Process[] {
  const here = readlinkSync('/proc/self/ns/mnt')
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => {
      try {
        if (readFileSync(`/proc/${name}/comm`, 'utf8').trimEnd() !== program) return []
        if (readlinkSync(`/proc/${name}/ns/mnt`) !== here) return []
        const title = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
        const pid = Number(name)
        return [{ pid, title, since: startedAt(pid) }]
      } catch {
        // has ended meanwhile
        return []
      }
    })
}

function auxiliaryVector(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/auxv`).toString('hex')
  } catch {
    return ''
  }
}

/** The inodes of the listening TCP sockets of a process. */
function listeningSockets(pid: number): readonly string[] {
  try {
    const sockets = readdirSync(`/proc/${pid}/fd`).flatMap(
      fd => /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [],
    )
    const lines = ['tcp', 'tcp6'].flatMap(table => socketsIn(`/proc/${pid}/net/${table}`))
    const listening = lines.flatMap(words => (words[3] === '0A' ? (words[9] ?? []) : []))
    return sockets.filter(socket => listening.includes(socket))
  } catch {
    return []
  }
}

function socketsIn(table: string): readonly (readonly string[])[] {
  try {
    return readFileSync(table, 'utf8')
      .split('\n')
      .map(line => line.trim().split(/\s+/))
  } catch {
    // without IPv6
    return []
  }
}

async function until(done: () => boolean): Promise<boolean> {
  const start = performance.now()
  while (!done()) {
    if (performance.now() - start > PATIENCE) return false
    await pause(20)
  }
  return true
}
