import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Server as TlsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type Exchanges, exchange } from './exchange.ts'
import { acceptList } from './method.ts'
import { refuse, sendRefusal } from './refuse.ts'

interface Connection {
  /** Requests that have not been answered to the end. */
  underWay: number
  last: ServerResponse | undefined
}

/** The connections of one server, and the requests under way on them. */
export class Connections {
  readonly #server: Server
  readonly #exchanges: Exchanges
  /** Every TCP connection, also before its TLS handshake. */
  readonly #sockets = new Set<Socket>()
  readonly #bySource = new Map<string, number>()
  readonly #connections = new Map<Duplex, Connection>()
  #underWay = 0
  #whenIdle: (() => void) | undefined

  /**
   * Takes over what the server receives.
   * @param perSource connections that one address may have open, so that none takes those of all others
   */
  constructor(server: Server, exchanges: Exchanges, perSource: number) {
    this.#server = server
    this.#exchanges = exchanges
    const ready = server instanceof TlsServer ? 'secureConnection' : 'connection'
    acceptList(server, ready)
    server.on('connection', socket => this.#count(socket, perSource))
    server.on(ready, socket => this.#open(socket))
    server.on('request', (message, response) => this.#serve(message, response))
    // an expectation that a server does not know may be ignored: RFC 9110 §10.1.1
    server.on('checkExpectation', (message, response) => server.emit('request', message, response))
    server.on('connect', (_, socket) =>
      sendRefusal(
        405,
        socket.on('error', () => socket.destroy()),
      ),
    )
    server.on('clientError', (error, socket) =>
      refuse(error, socket, this.#connections.get(socket)?.last),
    )
    server.on('tlsClientError', error => exchanges.log.debug({ error }, 'TLS handshake failed'))
  }

  /** Takes no more connections, waits for the requests under way, and closes. Resolves when the last connection is closed. */
  async drain(milliseconds: number): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const { last } of this.#connections.values())
      if (last && !last.headersSent) last.setHeader('Connection', 'close')
    const { promise: idle, resolve } = Promise.withResolvers<void>()
    this.#whenIdle = resolve
    const deadline = setTimeout(resolve, milliseconds)
    this.#settle(0)
    await idle
    clearTimeout(deadline)
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #count(socket: Socket, perSource: number): void {
    const source = socket.remoteAddress ?? ''
    const open = (this.#bySource.get(source) ?? 0) + 1
    if (open > perSource) {
      socket.destroy()
      return
    }
    this.#bySource.set(source, open)
    this.#sockets.add(socket)
    socket.once('close', () => {
      this.#sockets.delete(socket)
      const left = (this.#bySource.get(source) ?? 1) - 1
      if (left > 0) this.#bySource.set(source, left)
      else this.#bySource.delete(source)
    })
  }

  #open(socket: Socket): void {
    const connection: Connection = { underWay: 0, last: undefined }
    this.#connections.set(socket, connection)
    socket.once('close', () => {
      this.#connections.delete(socket)
      this.#settle(connection.underWay)
    })
  }

  #serve(message: IncomingMessage, response: ServerResponse): void {
    const connection = this.#connections.get(message.socket)
    if (!connection) return
    connection.last = response
    connection.underWay++
    this.#underWay++
    response.once('close', () => {
      // what was under way on a broken connection has been settled with it
      if (!this.#connections.has(message.socket)) return
      connection.underWay--
      this.#settle(1)
    })
    if (!this.#server.listening) response.setHeader('Connection', 'close')
    void exchange(message, response, this.#exchanges)
  }

  #settle(count: number): void {
    this.#underWay -= count
    if (this.#underWay === 0) this.#whenIdle?.()
  }
}
