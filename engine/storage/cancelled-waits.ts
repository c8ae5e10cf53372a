/** The function of the server that waits for standbys. Messages are translated and share the code 01000, so only this tells the warning. */
const WAIT = 'SyncRepWaitForLSN'

/** A connection, of which only the warnings of its server are of interest. */
interface Warned {
  on(
    event: 'notice',
    listener: (notice: { readonly routine?: string | undefined }) => void,
  ): unknown
}

const cancelled = new WeakSet<Warned>()

/** Notes from now on if someone cancels a wait for a standby on the connection. The session must receive warnings (`client_min_messages`). */
export function noteCancelledWaits(connection: Warned): void {
  connection.on('notice', ({ routine }) => {
    if (routine === WAIT) cancelled.add(connection)
  })
}

/**
 * Checks that all commits on the connection have waited for their standbys. The server answers a commit whose wait was cancelled as if it had
 * succeeded, but a standby that takes over may not have it.
 * @throws {Error} if one has not
 */
export function requireAllWaited(connection: Warned): void {
  if (cancelled.has(connection))
    throw new Error('the wait for the standby was cancelled: a standby may not have the commit')
}
