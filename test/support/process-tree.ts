import { readdirSync, readFileSync } from 'node:fs'

/**
 * Sends a signal to a process and its children, such as a server with one process for each connection. Its children are not in its process
 * group, so the system cannot do it. The process makes no new children meanwhile, as it is stopped first.
 */
export function signalTree(pid: number, signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
  if (signal === 'SIGCONT') {
    for (const child of childrenOf(pid)) send(child, signal)
    send(pid, signal)
    return
  }
  send(pid, 'SIGSTOP')
  for (const child of childrenOf(pid)) send(child, signal)
  send(pid, signal)
}

/** Processes that it has started and that still run. */
export function childrenOf(pid: number): readonly number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(each => parentOf(each) === pid)
}

function parentOf(pid: number): number | undefined {
  try {
    // the name of the program, in brackets, may have spaces
    const [, parent] = /\) \S (\d+) [^)]*$/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
    return Number(parent)
  } catch {
    return undefined
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
