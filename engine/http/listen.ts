import { constants, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createTlsServer, Server as TlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import { parseBindAddress } from './bind-address.ts'
import { BodyBudget } from './body-budget.ts'
import type { ForwardedFor } from './client.ts'
import { Connections } from './connections.ts'
import type { Handle, Log } from './exchange.ts'
import { Overload } from './overload.ts'
import type { Pages } from './pages.ts'
import type { ProxyProtocol } from './proxy-protocol.ts'
import { Turns } from './turns.ts'

export interface ListenOptions {
  /** `host:port`; port 0 takes a free one. */
  readonly address: string
  /** Plain HTTP when absent. */
  readonly tls: TlsIdentity | undefined
  readonly handle: Handle
  /** What answers outside the API; nothing if left out. */
  readonly pages?: Pages | undefined
  readonly log: Log
  /** Called for each connection that is closed because more come than can be served. */
  readonly onOverload?: () => void
  readonly forwarded?: ForwardedFor | undefined
  readonly proxy?: ProxyProtocol | undefined
  readonly limits?: Partial<Limits>
}

/** The certificate and key of a server. */
export interface TlsIdentity {
  /** PEM, followed by intermediate certificates. */
  readonly certificate: string
  readonly key: string
  readonly minVersion: 'tls12' | 'tls13'
}

/** The first three are numbers; all others are timeouts in milliseconds. */
interface Limits {
  readonly connections: number
  /** Connections of one source: an IPv4 address, or the /64 network of an IPv6 address. */
  readonly perSource: number
  /** Bytes of all large bodies in memory. */
  readonly bodies: number
  /** For the TLS handshake to begin. */
  readonly wait: number
  /** For the TLS handshake, the head of a request, and a body without a valid token. */
  readonly head: number
  /** For the whole request to arrive. */
  readonly request: number
  /** For a connection between requests. */
  readonly idle: number
  /** Without a byte in either direction, for example if the client does not read the answer. */
  readonly stall: number
  /** For requests under way when the listener is closed. */
  readonly drain: number
}

const LIMITS: Limits = {
  connections: 4096,
  perSource: 512,
  bodies: 256 * 1024 * 1024,
  // the helper gives up after 3 s, and a lost SYN is sent again after 1 s
  wait: 1500,
  head: 10_000,
  request: 90_000,
  idle: 75_000,
  stall: 120_000,
  drain: 10_000,
}

/** An open port. Disposing of it accepts no new requests and waits a limited time for those under way. */
export interface Listener extends AsyncDisposable {
  /** As it was bound: `127.0.0.1:8200`. */
  readonly address: string
  readonly url: string
  /** When its certificate expires; undefined without TLS. */
  readonly certificateExpiry: Date | undefined
  /** Uses another certificate for new connections. @throws {Error} if it cannot be used; then nothing changes */
  reload(tls: TlsIdentity): void
}

/**
 * Opens a port and passes every request to `handle`.
 * @throws {Invalid} if the address is malformed
 * @throws {Error} if it cannot listen on the port, or the certificate cannot be used
 */
export async function listen(options: ListenOptions): Promise<Listener> {
  const limits = { ...LIMITS, ...options.limits }
  const { tls, handle, log } = options
  const { host, port } = parseBindAddress(options.address)
  const server = tls ? secureServer(tls, limits) : createServer(optionsOf(limits))
  server.timeout = limits.stall
  const { forwarded, proxy, pages } = options
  const shared = {
    bodyBudget: new BodyBudget(limits.bodies),
    bodyTimeout: limits.head,
    turns: new Turns(),
  }
  const exchanges = { handle, pages, log, forwarded, proxy, ...shared }
  const isBalancer = (peer: string) => [forwarded, proxy].some(each => each?.isAuthorized(peer))
  const overload = new Overload(log)
  const onClosed = () => {
    overload.add()
    options.onOverload?.()
  }
  const connections = new Connections(server, exchanges, { ...limits, isBalancer, onClosed })
  server.listen({ port, host })
  await once(server, 'listening')
  server.on('error', error => log.error({ error }, 'listener failed'))
  const address = textOf(server.address() as AddressInfo)
  let certificateExpiry = tls && expiryOf(tls)
  return {
    address,
    get certificateExpiry() {
      return certificateExpiry
    },
    url: `${tls ? 'https' : 'http'}://${address}`,
    reload(identity) {
      const context = contextOf(identity)
      createSecureContext(context)
      if (server instanceof TlsServer) server.setSecureContext(context)
      certificateExpiry = expiryOf(identity)
    },
    [Symbol.asyncDispose]: () => connections.drain(limits.drain),
  }
}

function secureServer(tls: TlsIdentity, limits: Limits): TlsServer {
  return createTlsServer({
    ...optionsOf(limits),
    ...contextOf(tls),
    handshakeTimeout: limits.head,
  })
}

const expiryOf = ({ certificate }: TlsIdentity) => new X509Certificate(certificate).validToDate

const optionsOf = ({ head, request, idle }: Limits) => ({
  headersTimeout: head,
  requestTimeout: request,
  keepAliveTimeout: idle,
  connectionsCheckingInterval: Math.min(5000, head),
  keepAlive: true,
  // most requests have no body, and a stream that ends empty would take as long as their head: readBody does not wait for it
  optimizeEmptyRequests: true,
  // readHead checks it, so that the error has the usual form
  requireHostHeader: false,
})

const contextOf = ({ certificate, key, minVersion }: TlsIdentity): SecureContextOptions => ({
  cert: certificate,
  key,
  minVersion: minVersion === 'tls13' ? 'TLSv1.3' : 'TLSv1.2',
  // a helper is a new process for every login and never resumes a session, so tickets would be wasted
  secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
})

function textOf({ family, address, port }: AddressInfo): string {
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`
}
