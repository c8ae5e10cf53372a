import { closeSync, readFileSync } from 'node:fs'
import { isatty } from 'node:tty'

/**
 * At the end of a process, Node gives the terminal the modes that it had at the start. A process that outlives its parent, such as the ssh
 * of an rsync that was killed, or that runs in the background, would do that to a shell at its prompt, which then echoes twice or not at
 * all. So the terminal is closed before, unless this process is in its foreground. For the event `exit`.
 */
export function leaveTerminal(): void {
  if (isInBackground()) for (const stream of [0, 1, 2]) if (isatty(stream)) closeSync(stream)
}

/** Whether the terminal is another process group's, as Linux says in proc_pid_stat(5); elsewhere false. */
function isInBackground(): boolean {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8')
    // the name of the program before that may contain anything
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return Number(foreground) > 0 && group !== foreground
  } catch {
    // another system
    return false
  }
}
