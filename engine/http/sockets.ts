import type { Socket } from 'node:net'
import { parseAddress } from '../../shared/address.ts'
import { sourceOf } from '../limit/client-network.ts'
import type { Peer } from './proxy-protocol.ts'

/** Limits for connections. */
export interface ConnectionLimits {
  readonly connections: number
  /** For one source. */
  readonly perSource: number
  /** Whether an address is that of a load balancer, to which `perSource` does not apply. */
  readonly isBalancer: (address: string) => boolean
}

/** A TCP connection. Unless a whole request is being answered, it waits: for its handshake, for a request, or for the client to read. */
interface TrackedConnection {
  readonly socket: Socket
  readonly ends: string
  /** Where it comes from. */
  peer: Peer
  /** Undefined for a load balancer. */
  source: string | undefined
  /** Whether it has ever sent a whole request. */
  isProven: boolean
}

/** Waiting connections, the longest waiting first. */
class WaitingConnections {
  readonly #unproven = new Set<TrackedConnection>()
  readonly #proven = new Set<TrackedConnection>()

  /**
   * Prefers connections that have never sent a whole request, if they are at least half: a client that opens many connections loses those,
   * and neither idle clients nor a few new connections are affected.
   */
  get longest(): TrackedConnection | undefined {
    const [unproven] = this.#unproven
    const [proven] = this.#proven
    return this.#unproven.size >= this.#proven.size ? unproven : proven
  }

  add(connected: TrackedConnection): void {
    const waiting = connected.isProven ? this.#proven : this.#unproven
    waiting.add(connected)
  }

  delete(connected: TrackedConnection): void {
    this.#unproven.delete(connected)
    this.#proven.delete(connected)
  }
}

/**
 * All TCP connections of a server, including those before their TLS handshake. At a limit, the connection that has waited longest is
 * closed for a new one; a new one is only refused while all others are working.
 */
export class Sockets {
  readonly #limits: ConnectionLimits
  /** By {@link endsOf}: a TLS connection and the TCP connection under it are two sockets with the same ends. */
  readonly #all = new Map<string, TrackedConnection>()
  /** The same by the sockets that were asked for. */
  readonly #known = new WeakMap<Socket, TrackedConnection>()
  readonly #waiting = new WaitingConnections()
  readonly #sources = new Map<string, { count: number; readonly waiting: WaitingConnections }>()

  constructor(limits: ConnectionLimits) {
    this.#limits = limits
  }

  /** Adds a new connection, or destroys it. */
  add(socket: Socket): void {
    const { remoteAddress, remotePort: port = 0 } = socket
    // already reset, so it has no address
    if (remoteAddress === undefined) return void socket.destroy()
    const address = parseAddress(remoteAddress) ?? remoteAddress
    const peer = { address, port }
    const ends = endsOf(socket)
    // the same addresses and port: the client has reset the old connection, whose close event is still to come
    this.#close(this.#all.get(ends))
    const isBalancer = this.#limits.isBalancer(address)
    // a source at its limit closes one of its own connections, not one of others
    if (!((isBalancer || this.#makeRoomOf(sourceOf(address))) && this.#makeRoom()))
      return void socket.destroy()
    const connected: TrackedConnection = { socket, ends, peer, source: undefined, isProven: false }
    this.#all.set(ends, connected)
    this.#wait(connected)
    socket.once('close', () => this.#forget(connected))
    if (!isBalancer) this.#assign(connected, peer)
  }

  /** Sets the client of a connection from a load balancer. */
  cameFrom(socket: Socket, peer: Peer): void {
    const connected = this.#of(socket)
    if (connected) this.#assign(connected, peer)
  }

  /** The client of a connection. */
  peerOf(socket: Socket): Peer {
    return this.#of(socket)?.peer ?? { address: '', port: 0 }
  }

  /** Notes that a whole request has arrived: until it is answered, its connection is not closed for another. */
  work(socket: Socket): void {
    const connected = this.#of(socket)
    if (!connected) return
    connected.isProven = true
    this.#waiting.delete(connected)
    this.#waitingOf(connected)?.delete(connected)
  }

  /** Notes that the request has been answered. */
  rest(socket: Socket): void {
    const connected = this.#of(socket)
    if (connected?.isProven) this.#wait(connected)
  }

  /** The connection of a socket; undefined once it is closed, even if a new one has the same ends. */
  #of(socket: Socket): TrackedConnection | undefined {
    const known = this.#known.get(socket)
    if (known) return this.#all.get(known.ends) === known ? known : undefined
    const connected = this.#all.get(endsOf(socket))
    if (connected) this.#known.set(socket, connected)
    return connected
  }

  /** Closes all connections. */
  destroy(): void {
    for (const { socket } of this.#all.values()) socket.destroy()
  }

  /** Counts a connection for its source, or closes it if the source is at its limit. */
  #assign(connected: TrackedConnection, peer: Peer): void {
    const source = sourceOf(peer.address)
    if (!this.#makeRoomOf(source)) {
      this.#close(connected)
      return
    }
    connected.peer = peer
    connected.source = source
    this.#count(source, 1)
    this.#waitingOf(connected)?.add(connected)
  }

  /** Makes room for one more connection, if necessary by closing the one that has waited longest. Returns whether there is room. */
  #makeRoom(): boolean {
    const { connections } = this.#limits
    if (this.#all.size >= connections) this.#close(this.#waiting.longest)
    return this.#all.size < connections
  }

  /** The same for one more of a source. */
  #makeRoomOf(source: string): boolean {
    const { perSource } = this.#limits
    const isFull = () => (this.#sources.get(source)?.count ?? 0) >= perSource
    if (isFull()) this.#close(this.#sources.get(source)?.waiting.longest)
    return !isFull()
  }

  #wait(connected: TrackedConnection): void {
    this.#waiting.add(connected)
    this.#waitingOf(connected)?.add(connected)
  }

  #waitingOf({ source }: TrackedConnection): WaitingConnections | undefined {
    return source === undefined ? undefined : this.#sources.get(source)?.waiting
  }

  #close(connected: TrackedConnection | undefined): void {
    if (!connected) return
    this.#forget(connected)
    connected.socket.destroy()
  }

  #forget(connected: TrackedConnection): void {
    if (this.#all.get(connected.ends) !== connected) return
    this.#all.delete(connected.ends)
    this.#waiting.delete(connected)
    this.#waitingOf(connected)?.delete(connected)
    if (connected.source !== undefined) this.#count(connected.source, -1)
  }

  #count(source: string, change: 1 | -1): void {
    const own = this.#sources.get(source) ?? { count: 0, waiting: new WaitingConnections() }
    own.count += change
    if (own.count > 0) this.#sources.set(source, own)
    else this.#sources.delete(source)
  }
}

const endsOf = ({ remoteAddress, remotePort, localAddress }: Socket) =>
  `${remoteAddress} ${remotePort} ${localAddress}`
