import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** The network between a node and its database. It can be cut: then nothing gets through, and neither side is told. */
export class Link {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #isCut = false

  private constructor(port: number) {
    this.#server = createServer(near => {
      const far = connect(port, '127.0.0.1')
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
        from.pipe(to)
        if (this.#isCut) from.pause()
      }
    })
  }

  /** @param url of the database at the other end */
  static async to(url: string): Promise<Link> {
    const link = new Link(Number(new URL(url).port))
    link.#server.listen(0, '127.0.0.1')
    await once(link.#server, 'listening')
    return link
  }

  /** The URL of the same database, by this way. */
  through(url: string): string {
    const by = new URL(url)
    by.port = String((this.#server.address() as AddressInfo).port)
    return by.href
  }

  cut(): void {
    this.#isCut = true
    for (const socket of this.#sockets) socket.pause()
  }

  /** What was sent meanwhile, and is still waited for, arrives. */
  mend(): void {
    this.#isCut = false
    for (const socket of this.#sockets) socket.resume()
  }

  [Symbol.dispose]() {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }
}
