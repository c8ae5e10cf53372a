import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'

/** Whether a process listens at a socket. */
export async function isListening(path: string): Promise<boolean> {
  const socket = connect({ path })
  try {
    await once(socket, 'connect')
    return true
  } catch {
    // no such file, or left by a process that is gone
    return false
  } finally {
    socket.destroy()
  }
}

/** Rows of /proc/net/unix: state 03 is a connection, with the path of the listener that took it. */
const CONNECTED = /^\S+: \S+ \S+ \S+ \S+ 03 +\d+ (\S+)$/gm

/** How many processes are connected to the socket of a shared connection; undefined where the system does not tell. */
export function attachedTo(path: string): number | undefined {
  try {
    const rows = readFileSync('/proc/net/unix', 'utf8').matchAll(CONNECTED)
    // ssh listens at a temporary name, which it then links
    return [...rows].filter(([, found = '']) => found === path || found.startsWith(`${path}.`))
      .length
  } catch {
    // another system than Linux
    return undefined
  }
}
