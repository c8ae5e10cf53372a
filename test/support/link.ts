import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/**
 * The network between a client of a database and its server. It can be cut, so that nothing gets through and neither side is told; it can
 * refuse, as a host does on which nothing listens; and it can lead to another server, as an address does that moves.
 */
export class Link {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #target: number
  #isCut = false
  #refuses = false

  private constructor(target: number) {
    this.#target = target
    this.#server = createServer(near => this.#join(near))
  }

  /** @param url of the database at the other end */
  static async to(url: string): Promise<Link> {
    const link = new Link(portOf(url))
    link.#server.listen(0, '127.0.0.1')
    await once(link.#server, 'listening')
    return link
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** The URL of the same database, by this way. */
  through(url: string): string {
    const by = new URL(url)
    by.port = String(this.port)
    return by.href
  }

  cut(): void {
    this.#isCut = true
    for (const socket of this.#sockets) socket.pause()
  }

  /** Resets all connections, as the restart of a proxy does; new ones get through. */
  reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  /** Resets all connections, and each that is made, until it is mended. */
  refuse(): void {
    this.#refuses = true
    this.reset()
  }

  /** What was sent while it was cut, and is still waited for, arrives. */
  mend(): void {
    this.#isCut = false
    this.#refuses = false
    for (const socket of this.#sockets) socket.resume()
  }

  /** Leads to another server from now on; connections to the former one are reset. */
  leadTo(url: string): void {
    this.#target = portOf(url)
    this.reset()
  }

  #join(near: Socket): void {
    if (this.#refuses) {
      near.on('error', () => {}).resetAndDestroy()
      return
    }
    const far = connect(this.#target, '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(from)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        this.#sockets.delete(from)
        to.destroy()
      })
      // also when the other side can take more, on which pipe() waits
      from.on('resume', () => this.#isCut && from.pause())
      from.pipe(to)
      if (this.#isCut) from.pause()
    }
  }

  [Symbol.dispose]() {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }
}

const portOf = (url: string): number => Number(new URL(url).port)
