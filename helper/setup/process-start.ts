import { readFileSync } from 'node:fs'

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

/** Clock ticks since the boot. */
export const ticksNow = (): number =>
  Math.round(Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * TICKS)

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
