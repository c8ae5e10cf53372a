import { connect as connectPlain, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectSecure } from 'node:tls'
import { Invalid } from '../shared/invalid.ts'
import type { Engine } from './config.ts'
import { type HttpReply, readReply } from './http-reply.ts'
import { Refusal } from './refusal.ts'

/** A request of the method PUT. */
export interface HttpRequest {
  readonly headers: Readonly<Record<string, string>>
  /** JSON. */
  readonly body: string
}

export interface Call {
  readonly engine: Engine
  /** Undefined for HTTP without TLS. */
  readonly tls: ConnectionOptions | undefined
  /** Makes the request, while the engine answers the TLS handshake. */
  readonly request: () => HttpRequest
  /** Milliseconds for the connection, TLS handshake included. */
  readonly connectWithin: number
  /** Milliseconds until the end of the reply. */
  readonly replyWithin: number
}

/** The engine cannot have redeemed the password: no byte of the request has been sent, or the engine is sealed. */
export class PasswordUnused extends Error {
  override readonly name = 'PasswordUnused'
}

/**
 * Sends one request over a new connection, and returns the reply. Nothing is sent before the engine has been authenticated, nothing
 * is sent twice, and redirects are not followed.
 * @throws {PasswordUnused} if it fails before the request was sent
 * @throws {Refusal} if it fails afterwards
 */
export function exchange(call: Call): Promise<HttpReply> {
  const { engine, tls, connectWithin, replyWithin } = call
  return new Promise((resolve, reject) => {
    let asked = false
    const received: Buffer[] = []
    let written: string | undefined
    const text = () => {
      written ??= requestOf(engine, call.request())
      return written
    }
    const socket = open(engine, tls, connectWithin)
    const timers = [
      setTimeout(
        () => asked || fail(new PasswordUnused('no connection in time')),
        soon(connectWithin),
      ),
      setTimeout(() => fail(new Refusal('deadline', 'no answer in time')), soon(replyWithin)),
    ]

    const settle = () => {
      for (const timer of timers) clearTimeout(timer)
    }
    const fail = (error: Error) => {
      settle()
      socket.destroy()
      reject(error)
    }
    const cut = (why: string, cause?: Error) =>
      fail(asked ? new Refusal('protocol', why, { cause }) : new PasswordUnused(why, { cause }))

    // when the first message of the handshake is on its way
    if (tls) socket.once('connect', () => setImmediate(text))
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      const bytes = text()
      asked = true
      socket.write(bytes)
    })
    socket.on('data', bytes => {
      // a server that sends first does not speak HTTP
      if (!asked) return cut('the engine does not speak HTTP')
      received.push(bytes)
      try {
        const reply = readReply(Buffer.concat(received))
        if (!reply) return
        // not closed here: the process exits before the engine closes it
        settle()
        resolve(reply)
      } catch (error) {
        fail(error instanceof Invalid ? new Refusal('protocol', error.message) : (error as Error))
      }
    })
    socket.on('error', error => cut(wordsOf(error), error))
    socket.on('close', () => cut('the engine closed the connection'))
  })
}

/** At least one millisecond: Node warns of negative timeouts. */
const soon = (milliseconds: number) => Math.max(1, milliseconds)

function open({ host, port }: Engine, tls: ConnectionOptions | undefined, within: number): Socket {
  // leaves time for the other addresses of the host
  const to = {
    host,
    port,
    noDelay: true,
    autoSelectFamilyAttemptTimeout: Math.ceil(soon(within) / 3),
  }
  return tls ? connectSecure({ ...tls, ...to }) : connectPlain(to)
}

function requestOf({ host, port, path }: Engine, { headers, body }: HttpRequest): string {
  const lines = Object.entries({
    Host: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
    ...headers,
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  return `PUT ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
}

/** Plain messages for the most common error codes of Node. */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'network unreachable',
  ETIMEDOUT: 'no connection in time',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name service does not answer',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed, not issued by a trusted CA',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is from a CA that is not trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is from a CA that is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is from a CA that is not trusted',
}

/** Of OpenSSL's messages only the reason is readable. */
const wordsOf = (error: NodeJS.ErrnoException & { readonly reason?: string }): string =>
  WORDS[error.code ?? ''] ?? error.reason ?? error.message
