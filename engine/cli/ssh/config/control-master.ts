import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** Milliseconds for a shared connection to answer. */
const TIMEOUT = 5_000

/** No server has a subsystem of this name, so nothing is run. */
const NO_SUBSYSTEM = 'postern-room'

/** Ends a shared connection: with its sessions, or once they have ended. */
export async function endConnection(path: string, how: 'exit' | 'stop'): Promise<void> {
  await answered(['-S', path, '-O', how, 'host'])
}

/**
 * Whether the host of a shared connection takes one more session. It is asked for one with a subsystem that it does not have, so that it
 * runs no command, also where it forces one. True if it cannot be asked: the ssh that is sent there will find out.
 */
export async function takesSession(path: string): Promise<boolean> {
  // ssh would connect by itself, if it is refused
  const said = await answered(['-S', path, '-o', 'ProxyCommand=false', '-s', 'host', NO_SUBSYSTEM])
  return !said.includes('Session open refused by peer')
}

/** What ssh says on stderr. */
async function answered(words: readonly string[]): Promise<string> {
  const given = ['-F', 'none', '-o', 'BatchMode=yes', ...words]
  try {
    const running = promisify(execFile)('ssh', given, { timeout: TIMEOUT })
    running.child.stdin?.end()
    return (await running).stderr
  } catch (error) {
    return String((error as { stderr?: unknown }).stderr ?? '')
  }
}
