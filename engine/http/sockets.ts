import type { Socket } from 'node:net'
import { parseAddress } from '../../shared/address.ts'
import { sourceOf } from '../limit/client-network.ts'
import type { Peer } from './proxy-protocol.ts'

/** How many connections there may be. */
export interface ConnectionLimits {
  readonly connections: number
  /** Of one source, so that none takes those of all others. */
  readonly perSource: number
  /** Whether an address is one of a load balancer, which brings the connections of many sources and has no share. */
  readonly isBalancer: (address: string) => boolean
}

/** A TCP connection. Where it does not work, it waits: for its handshake, for a request or the rest of one, or for its client to take an answer. */
interface TrackedConnection {
  readonly socket: Socket
  readonly ends: string
  /** Where it comes from. */
  peer: Peer
  /** None for a load balancer. */
  source: string | undefined
  /** Whether it has ever brought a whole request. */
  isProven: boolean
}

/** Connections that wait, the one that has waited longest first. */
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
 * Every TCP connection of a server, also before its TLS handshake. Where there is no place for a new one, the one that has waited longest
 * is closed for it; a new one is only refused while all others are working.
 */
export class Sockets {
  readonly #limits: ConnectionLimits
  /** By {@link endsOf}: a TLS connection and the TCP connection under it are two sockets with the same ends. */
  readonly #all = new Map<string, TrackedConnection>()
  readonly #waiting = new WaitingConnections()
  readonly #sources = new Map<string, { count: number; readonly waiting: WaitingConnections }>()

  constructor(limits: ConnectionLimits) {
    this.#limits = limits
  }

  /** Takes in a new connection, or destroys it. */
  add(socket: Socket): void {
    const { remoteAddress, remotePort: port = 0 } = socket
    // has been reset before it was taken in, so there is nothing to tell it from others by
    if (remoteAddress === undefined) return void socket.destroy()
    const address = parseAddress(remoteAddress) ?? remoteAddress
    const peer = { address, port }
    const ends = endsOf(socket)
    // there is a new one only where its client has reset the old one, which has not been heard of yet
    this.#close(this.#all.get(ends))
    const isBalancer = this.#limits.isBalancer(address)
    // who has a full share makes room for itself, not at the cost of others
    if (!((isBalancer || this.#makeRoomOf(sourceOf(address))) && this.#makeRoom()))
      return void socket.destroy()
    const connected: TrackedConnection = { socket, ends, peer, source: undefined, isProven: false }
    this.#all.set(ends, connected)
    this.#wait(connected)
    socket.once('close', () => this.#forget(connected))
    if (!isBalancer) this.#assign(connected, peer)
  }

  /** Notes where a connection that a load balancer has brought comes from. */
  cameFrom(socket: Socket, peer: Peer): void {
    const connected = this.#all.get(endsOf(socket))
    if (connected) this.#assign(connected, peer)
  }

  /** Where a connection comes from, as far as that is known. */
  peerOf(socket: Socket): Peer {
    return this.#all.get(endsOf(socket))?.peer ?? { address: '', port: 0 }
  }

  /** Notes that a whole request has arrived: until it is answered, its connection is not closed for another. */
  work(socket: Socket): void {
    const connected = this.#all.get(endsOf(socket))
    if (!connected) return
    connected.isProven = true
    this.#waiting.delete(connected)
    this.#waitingOf(connected)?.delete(connected)
  }

  /** Notes that there is an answer to the request. */
  rest(socket: Socket): void {
    const connected = this.#all.get(endsOf(socket))
    if (connected?.isProven) this.#wait(connected)
  }

  /** Closes all connections. */
  destroy(): void {
    for (const { socket } of this.#all.values()) socket.destroy()
  }

  /** Counts a connection to its source, if that may have one more. */
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
