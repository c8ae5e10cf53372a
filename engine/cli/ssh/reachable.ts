import { once } from 'node:events'
import { connect } from 'node:net'

/** Milliseconds for a TCP connection. */
const CONNECT_TIMEOUT = 3_000

/** Whether a TCP connection to the address succeeds. Nothing is sent. */
export async function isReachable(address: string, port: number): Promise<boolean> {
  const socket = connect({ host: address, port })
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(CONNECT_TIMEOUT) })
    return true
  } catch {
    // refused, timed out, or no route
    return false
  } finally {
    socket.destroy()
  }
}
