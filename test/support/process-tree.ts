import { readdirSync, readFileSync } from 'node:fs'

/** Looks, a millisecond apart, until processes that were stopped must be still. One that waits for the disk stops after that. */
const LOOKS = 2000

/**
 * Sends a signal to a process and its children, such as a server with one process for each connection; gives them all. Its children are not in
 * its process group, so the system cannot do it. The process makes no new children meanwhile, as it is stopped first.
 */
export function signalTree(
  pid: number,
  signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT',
): readonly number[] {
  if (signal !== 'SIGCONT') {
    send(pid, 'SIGSTOP')
    awaitStill([pid])
  }
  const all = [...childrenOf(pid), pid]
  for (const each of all) send(each, signal)
  if (signal === 'SIGSTOP') awaitStill(all)
  return all
}

/** Whether a process has ended, also if its parent has not asked how. */
export const hasEnded = (pid: number): boolean => ['X', 'Z'].includes(statOf(pid).state)

/** Processes that it has started and that still run. */
export function childrenOf(pid: number): readonly number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(each => statOf(each).parent === pid)
}

/** A signal is sent before it is received: a process on another processor may go on for a moment. */
function awaitStill(all: readonly number[]): void {
  const clock = new Int32Array(new SharedArrayBuffer(4))
  for (let looks = 0; looks < LOOKS; looks++) {
    if (all.every(pid => statOf(pid).state === 'T' || hasEnded(pid))) return
    Atomics.wait(clock, 0, 0, 1)
  }
}

/** What the system says of a process. */
function statOf(pid: number): { readonly state: string; readonly parent: number | undefined } {
  try {
    // the name of the program, in brackets, may have spaces
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [, state = '', parent] = /\) (\S) (\d+) [^)]*$/.exec(stat) ?? []
    return { state, parent: Number(parent) }
  } catch {
    return { state: 'X', parent: undefined }
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    // it has ended
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
