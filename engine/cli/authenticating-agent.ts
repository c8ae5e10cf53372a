import { Agent } from 'node:https'
import type { Duplex } from 'node:stream'

type Created = Parameters<Agent['createConnection']>[1]

/** Keeps back what is to be sent until the server is authenticated. Node's own agent hands it to a connection that is still being opened. */
export class AuthenticatingAgent extends Agent {
  readonly #opening = new Set<Duplex>()

  override createConnection(
    options: Parameters<Agent['createConnection']>[0],
    created?: Created,
  ): undefined {
    const socket = super.createConnection(options)
    if (!socket || !created) throw new Error('there is no connection')
    this.#opening.add(socket)
    const end = (error: Error | null) => {
      if (this.#opening.delete(socket)) created(error, socket)
    }
    socket.once('secureConnect', () => end(null))
    socket.once('error', end)
  }

  override destroy(): void {
    for (const socket of this.#opening) socket.destroy(new Error('the connection is not needed'))
    super.destroy()
  }
}
