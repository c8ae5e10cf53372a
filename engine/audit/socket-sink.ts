import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { createConnection, isIPv6, type Socket } from 'node:net'
import type { LogEnd, Sink } from './sink.ts'
import { type SyslogOptions, syslogMessage } from './syslog-message.ts'

export interface SocketOptions {
  readonly kind: 'tcp' | 'udp' | 'unix'
  readonly host: string
  readonly port: number
  /** Of a Unix socket. */
  readonly path: string
  /** Timeout for connecting, and for writing a line, in milliseconds. */
  readonly timeout: number
  /** Send lines as syslog messages. */
  readonly syslog: SyslogOptions | undefined
}

/**
 * Sends lines to a socket, and reconnects when the connection has ended. A line counts as written when the kernel has it. If the
 * connection loses it after that, the chain has a gap.
 */
export class SocketSink implements Sink {
  readonly timeout: number
  readonly #options: SocketOptions
  #stream: Socket | undefined
  #datagrams: UdpSocket | undefined

  constructor(options: SocketOptions) {
    this.#options = options
    this.timeout = options.timeout
  }

  async open(): Promise<LogEnd> {
    this.#close()
    if (this.#options.kind === 'udp') this.#datagrams = await this.#openDatagrams()
    else this.#stream = await this.#connect()
    return {}
  }

  async moved(): Promise<boolean> {
    return false
  }

  async write(lines: readonly Buffer[]): Promise<void> {
    const { kind, syslog } = this.#options
    const framing = kind === 'udp' ? 'datagram' : 'counted'
    const messages = syslog ? lines.map(line => syslogMessage(line, syslog, framing)) : lines
    if (kind !== 'udp') return this.#send(Buffer.concat(messages))
    for (const message of messages) await this.#sendDatagram(message)
  }

  abort(): void {
    this.#close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // let the written lines arrive
    const stream = this.#stream
    this.#stream = undefined
    if (stream?.writable) {
      stream.end()
      await once(stream, 'close', { signal: AbortSignal.timeout(this.timeout) }).catch(
        () => undefined,
      )
    }
    stream?.destroy()
    this.#close()
  }

  #send(bytes: Buffer): Promise<void> {
    const stream = this.#stream
    return new Promise((resolve, reject) => {
      if (!stream?.writable) reject(new Error('the connection has ended'))
      else stream.write(bytes, error => (error ? reject(error) : resolve()))
    })
  }

  #sendDatagram(bytes: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      if (!this.#datagrams) reject(new Error('the socket has been closed'))
      else this.#datagrams.send(bytes, error => (error ? reject(error) : resolve()))
    })
  }

  async #connect(): Promise<Socket> {
    const { kind, host, port, path, timeout } = this.#options
    const stream = createConnection(kind === 'unix' ? { path } : { host, port })
    try {
      await once(stream, 'connect', { signal: AbortSignal.timeout(timeout) })
    } catch (error) {
      stream.destroy()
      throw error
    }
    // the listener keeps the error from being thrown; the next write finds the stream ended
    stream.on('error', () => stream.destroy())
    stream.on('end', () => stream.destroy())
    stream.resume()
    return stream.setNoDelay().unref()
  }

  async #openDatagrams(): Promise<UdpSocket> {
    const { host, port, timeout } = this.#options
    const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4')
    try {
      socket.connect(port, host)
      await once(socket, 'connect', { signal: AbortSignal.timeout(timeout) })
    } catch (error) {
      socket.close()
      throw error
    }
    // if no receiver listens, the error comes after the next datagram; the one after that then fails
    socket.on('error', () => this.#close())
    return socket.unref()
  }

  #close(): void {
    this.#stream?.destroy()
    this.#stream = undefined
    const datagrams = this.#datagrams
    this.#datagrams = undefined
    datagrams?.close()
  }
}
