import { readFileSync } from 'node:fs'

/** What the scheduler of Linux has counted of the main thread of a process, in nanoseconds. */
interface MainThread {
  /** On a core. */
  readonly ran: number
  /** Ready to run, while others were on its core: other programs, or other threads of its own. */
  readonly waited: number
}

/** Of the file schedstat of proc(5). */
export function mainThread(pid: number): MainThread {
  const numbers = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ').map(Number)
  return { ran: numbers[0] ?? 0, waited: numbers[1] ?? 0 }
}

/** Which part of the time it ran in which it could have run since `before`. */
export function shareOfCore(pid: number, before: MainThread): number {
  const now = mainThread(pid)
  const ran = now.ran - before.ran
  return ran / (ran + now.waited - before.waited)
}
