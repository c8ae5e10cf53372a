import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Refusal } from '../refusal.ts'

/** Clock ticks of a second in /proc: the same on every Linux. */
const TICKS = 100

/** When a process was started, in clock ticks since the boot; undefined if there is none. proc_pid_stat(5) */
export function startedAt(pid: number): number | undefined {
  const field = fieldsOf(pid)?.[19]
  return field === undefined ? undefined : Number(field)
}

/** The parent of a process; undefined if there is none. */
export function parentOf(pid: number): number | undefined {
  const field = fieldsOf(pid)?.[1]
  return field === undefined ? undefined : Number(field)
}

/**
 * Clock ticks since the boot, as {@link startedAt} counts them. /proc/uptime may count from the start of a container instead, so that
 * every session seemed newer than it.
 */
export function ticksNow(): number {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' })
  child.on('error', () => {})
  try {
    const since = child.pid === undefined ? undefined : startedAt(child.pid)
    if (since !== undefined) return since
  } finally {
    child.kill('SIGKILL')
  }
  throw new Refusal('settings', '/proc is not mounted, or "sleep" cannot be run: setup needs both')
}

export const ticksOf = (seconds: number): number => seconds * TICKS

/** A text that is another one after each boot. */
export const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()

/** The fields after the name of the program, which may contain blanks and parentheses. */
function fieldsOf(pid: number): readonly string[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
  } catch {
    return undefined
  }
}
