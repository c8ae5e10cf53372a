import { once } from 'node:events'
import { connect } from 'node:net'

/** Milliseconds for a host to take a connection. */
const CONNECT_TIMEOUT = 3_000

/** Whether something takes connections there. Nothing is said on the connection. */
export async function isReachable(address: string, port: number): Promise<boolean> {
  const socket = connect({ host: address, port })
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(CONNECT_TIMEOUT) })
    return true
  } catch {
    // refused, silent or without a route: it is all the same here
    return false
  } finally {
    socket.destroy()
  }
}
