import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Server as TlsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { attempt } from '../../shared/result.ts'
import { type ArrivalLimits, Arrivals } from './arrivals.ts'
import { refuse, sendRefusal } from './client-error.ts'
import { type ExchangeContext, exchange } from './exchange.ts'
import { acceptList } from './list-verb.ts'
import { readProxyHeader } from './proxy-protocol.ts'
import { type ConnectionLimits, Sockets } from './sockets.ts'

/** Pipelined requests on one connection. With more, it is not read until some are answered. */
const PIPELINED = 32

/** Milliseconds in which the header of the PROXY protocol must arrive. */
const HEADER = 10_000

interface Connection {
  /** Requests whose responses are not completely sent. */
  underWay: number
  last: ServerResponse | undefined
  /** Settled when the last request so far has been handled. */
  handled: Promise<void>
}

/** The connections of one server, and the requests under way on them. */
export class Connections {
  readonly #server: Server
  readonly #exchanges: ExchangeContext
  readonly #sockets: Sockets
  readonly #arrivals: Arrivals
  readonly #connections = new Map<Duplex, Connection>()
  #underWay = 0
  #whenIdle: (() => void) | undefined

  /** Registers for the events of the server. */
  constructor(
    server: Server,
    exchanges: ExchangeContext,
    limits: ConnectionLimits & ArrivalLimits,
  ) {
    this.#server = server
    this.#exchanges = exchanges
    this.#sockets = new Sockets(limits)
    this.#arrivals = new Arrivals(limits)
    const ready = server instanceof TlsServer ? 'secureConnection' : 'connection'
    acceptList(server, ready)
    server.on(ready, socket => this.#open(socket))
    server.on('request', (message, response) => this.#serve(message, response))
    // a server may ignore an unknown expectation: RFC 9110 §10.1.1
    server.on('checkExpectation', (message, response) => server.emit('request', message, response))
    server.on('connect', (_, socket) => this.#refuseTunnel(socket))
    server.on('clientError', (error, socket) =>
      refuse(error, socket, this.#connections.get(socket)?.last),
    )
    server.on('tlsClientError', error => exchanges.log.debug({ error }, 'TLS handshake failed'))
    takeOver(server, (socket, go) => this.#arrive(socket, go))
  }

  /** Accepts no more connections, waits for requests under way, and closes. Resolves when the last connection is closed. */
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
    this.#sockets.destroy()
    await closed
  }

  /** Accepts a connection, and calls `go` when its turn has come and its client address is known. */
  #arrive(socket: Socket, go: () => void): void {
    this.#sockets.add(socket)
    if (!socket.destroyed) this.#arrivals.add(socket, () => void this.#admit(socket, go))
  }

  async #admit(socket: Socket, go: () => void): Promise<void> {
    const { proxy } = this.#exchanges
    const isAuthorized = proxy?.isAuthorized(socket.remoteAddress ?? '')
    if (socket.destroyed) return
    if (!proxy || (!isAuthorized && !proxy.denyUnauthorized)) return go()
    const peer = isAuthorized
      ? await attempt(() =>
          readProxyHeader(
            socket.on('error', () => {}),
            HEADER,
          ),
        )
      : undefined
    if (!peer?.ok) {
      socket.destroy()
      return
    }
    if (peer.value) this.#sockets.cameFrom(socket, peer.value)
    if (!socket.destroyed) go()
  }

  #open(socket: Socket): void {
    const connection = { underWay: 0, last: undefined, handled: Promise.resolve() }
    this.#connections.set(socket, connection)
    socket.once('close', () => {
      this.#connections.delete(socket)
      this.#settle(connection.underWay)
    })
  }

  #serve(message: IncomingMessage, response: ServerResponse): void {
    const { socket } = message
    const connection = this.#connections.get(socket)
    if (!connection) return
    connection.last = response
    connection.underWay++
    this.#underWay++
    if (connection.underWay > PIPELINED) socket.pause()
    // Node resumes the socket after every response
    response.on('finish', () => void (connection.underWay > PIPELINED && socket.pause()))
    response.on('close', () => this.#answered(socket, connection))
    if (!this.#server.listening) response.setHeader('Connection', 'close')
    const peer = this.#sockets.peerOf(socket)
    const onWhole = () => this.#sockets.work(socket)
    // in sequence, so that a connection has only one request in the queue
    connection.handled = connection.handled.then(async () => {
      if (socket.destroyed) return
      await exchange({ message, response, peer, onWhole }, this.#exchanges)
      // from now on it waits for its client to read the answer or to send the next request
      if (!socket.destroyed) this.#sockets.rest(socket)
    })
  }

  #answered(socket: Socket, connection: Connection): void {
    // a closed connection has already been subtracted
    if (!this.#connections.has(socket)) return
    connection.underWay--
    this.#settle(1)
    if (connection.underWay <= PIPELINED) socket.resume()
  }

  #refuseTunnel(socket: Duplex): void {
    socket.on('error', () => socket.destroy())
    const last = this.#connections.get(socket)?.last
    if (!last || last.writableFinished) sendRefusal(405, socket)
    else last.once('close', () => sendRefusal(405, socket))
  }

  #settle(count: number): void {
    this.#underWay -= count
    if (this.#underWay === 0) this.#whenIdle?.()
  }
}

/** Inserts `admit` before the existing listeners for connections. */
function takeOver(server: Server, admit: (socket: Socket, go: () => void) => void): void {
  const listeners = server.listeners('connection')
  server.removeAllListeners('connection')
  server.on('connection', socket =>
    admit(socket, () => {
      for (const listener of listeners) listener.call(server, socket)
    }),
  )
}
