import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { Refusal } from '../refusal.ts'
import { parentOf, startedAt } from './process-start.ts'

/** Milliseconds for an sshd to read its configuration again, or for a connection to end. */
const PATIENCE = 15_000

/** A process that accepts connections for sshd. */
interface Listener {
  readonly pid: number
  /** The file of its `-f`; undefined for the usual one. */
  readonly config: string | undefined
}

const PROGRAMS = ['sshd', 'sshd-session', 'sshd-auth']

/**
 * Titles of the processes of a connection that has not authenticated yet, in every version of OpenSSH. One that has only just been
 * started still has its command line.
 */
const NOT_AUTHENTICATED = /\[(?:accepted|net|pam|preauth)\]|^\/\S+ (?:.* )?-[a-zA-Z0-9]*[iR](?: |$)/

/**
 * Has every sshd of this host that can have settings of ours read them again, and waits until it has. Then closes the connections that
 * have not authenticated: they have the old configuration, and would ask PAM for a service that may be removed. The caller has checked
 * the configurations: an sshd that cannot read its own ends.
 * @returns how many were reloaded; 0 where sshd does not run, or is started for each connection
 * @throws {Refusal} if one does not come back
 */
export async function reloadSshd(): Promise<number> {
  const found = listeners().filter(({ config }) => config === undefined || includesFolder(config))
  for (const { pid } of found) await (isActivated(pid) ? end(pid) : reload(pid))
  await closeConnections()
  return found.length
}

/** Configuration files of sshds that run beside the usual one, and include sshd_config.d. */
export const otherConfigs = (): readonly string[] =>
  [...new Set(listeners().flatMap(({ config }) => config ?? []))].filter(includesFolder)

function listeners(): readonly Listener[] {
  const found = processes('sshd').filter(({ pid, title }) => {
    const isSession = title.startsWith('sshd: ') && !title.includes('[listener]')
    return !isSession && !NOT_AUTHENTICATED.test(title) && pid !== process.pid
  })
  const pids = found.map(({ pid }) => pid)
  return found
    .filter(({ pid }) => !pids.includes(parentOf(pid) ?? 0)) // a child that has no title of its own yet
    .map(({ pid, title }) => {
      const [, config] = /\s-f\s*(\S+)/.exec(title) ?? []
      return { pid, config: config === '/etc/ssh/sshd_config' ? undefined : config }
    })
}

function includesFolder(config: string): boolean {
  try {
    return /^\s*Include\s.*sshd_config\.d\//im.test(readFileSync(config, 'utf8'))
  } catch {
    return false
  }
}

/**
 * Whether process 1 has opened the socket on which a process listens, as with ssh.socket. Such an sshd cannot listen again after a
 * reload, since systemd has its port; it is started again for the next connection, with what is then in the files.
 */
function isActivated(pid: number): boolean {
  const given = pid === 1 ? [] : listeningSockets(1)
  return listeningSockets(pid).some(socket => given.includes(socket))
}

/** Sessions go on: they are processes of their own. */
async function end(pid: number): Promise<void> {
  const since = startedAt(pid)
  process.kill(pid, 'SIGTERM')
  if (await until(() => startedAt(pid) !== since)) return
  throw new Refusal('settings', `sshd (process ${pid}), which systemd has started, does not end`)
}

async function reload(pid: number): Promise<void> {
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

interface Process {
  readonly pid: number
  /** When it was started, in clock ticks since the boot. */
  readonly since: number | undefined
  /** Its command line, or the title that it has given itself. */
  readonly title: string
}

/** The processes of a program that have the files of this one: containers have an sshd of their own. */
function processes(program: string): readonly Process[] {
  const here = filesOf('self')
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => {
      try {
        if (readFileSync(`/proc/${name}/comm`, 'utf8').trimEnd() !== program) return []
        // before a login sshd locks a process up in an empty directory; its parent sees the files
        if (![name, String(parentOf(Number(name)))].some(each => filesOf(each) === here)) return []
        const title = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
        // a zombie
        if (title === '') return []
        const pid = Number(name)
        return [{ pid, title, since: startedAt(pid) }]
      } catch {
        // has ended meanwhile
        return []
      }
    })
}

/** Equal for processes with the same files, also if the unit of one has a /tmp of its own, and so a mount namespace. */
function filesOf(process: string): string | undefined {
  try {
    const folders = ['/', '/etc/ssh/', '/etc/pam.d/'].map(folder => {
      const { dev, ino } = statSync(`/proc/${process}/root${folder}`)
      return `${dev} ${ino}`
    })
    return folders.join(' ')
  } catch {
    // has ended meanwhile, or sees no such directory
    return undefined
  }
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
