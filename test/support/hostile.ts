import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { createServer as createSecure, type TlsOptions } from 'node:tls'
import type { Certificate } from './certificates.ts'

/** What a server does with a connection on which a whole request has come, or of which it gives the text of the reply. */
export type Conduct =
  | string
  | ((socket: Socket, body: Record<string, unknown>) => string | undefined)

interface Options {
  readonly certificate: Certificate
  readonly conduct: Conduct
  readonly tls?: TlsOptions
}

/** An engine that does what no engine should, byte for byte. */
export class Hostile {
  readonly port: number
  readonly #close: () => Promise<void>
  readonly #seen: Seen

  private constructor(port: number, seen: Seen, close: () => Promise<void>) {
    this.port = port
    this.#seen = seen
    this.#close = close
  }

  /** One that speaks TLS, and acts when it has a request. */
  static start({ certificate, conduct, tls = {} }: Options): Promise<Hostile> {
    const seen: Seen = { text: '', connections: 0, requests: 0 }
    const { keyFile, certFile } = certificate
    const own = { key: readFileSync(keyFile), cert: readFileSync(certFile) }
    const server = createSecure({ ...own, ...tls }, socket => serve(socket, conduct, seen))
    server.on('tlsClientError', () => {})
    return Hostile.#listen(server, seen)
  }

  /** One that acts, without TLS, as soon as somebody connects. */
  static raw(act: (socket: Socket) => void): Promise<Hostile> {
    const seen: Seen = { text: '', connections: 0, requests: 0 }
    const server = createServer(socket => {
      socket.on('error', () => {})
      socket.on('data', bytes => {
        seen.text += bytes.toString('latin1')
      })
      act(socket)
    })
    return Hostile.#listen(server, seen)
  }

  static async #listen(server: ReturnType<typeof createServer>, seen: Seen): Promise<Hostile> {
    const open = new Set<Socket>()
    server.on('connection', (socket: Socket) => {
      seen.connections++
      open.add(socket.on('error', () => {}))
      socket.on('close', () => open.delete(socket))
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    return new Hostile((server.address() as AddressInfo).port, seen, async () => {
      for (const socket of open) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    })
  }

  get url(): string {
    return `https://127.0.0.1:${this.port}`
  }

  /** All that was sent to it, without what TLS puts around. */
  get received(): string {
    return this.#seen.text
  }

  get connections(): number {
    return this.#seen.connections
  }

  get requests(): number {
    return this.#seen.requests
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close()
  }
}

interface Seen {
  text: string
  connections: number
  requests: number
}

function serve(socket: Socket, conduct: Conduct, seen: Seen): void {
  let text = ''
  socket.on('error', () => {})
  socket.on('data', bytes => {
    text += bytes.toString('latin1')
    seen.text += bytes.toString('latin1')
    const body = bodyOf(text)
    if (body === undefined) return
    seen.requests++
    const reply = typeof conduct === 'string' ? conduct : conduct(socket, JSON.parse(body))
    if (typeof reply === 'string') socket.end(Buffer.from(reply, 'latin1'))
  })
}

function bodyOf(request: string): string | undefined {
  if (request.startsWith('GET ') && request.endsWith('\r\n\r\n')) return '{}'
  const [, length] = /^content-length: (\d+)\r$/im.exec(request) ?? []
  const start = request.indexOf('\r\n\r\n') + 4
  const whole = start > 3 && request.length >= start + Number(length)
  return whole ? request.slice(start) : undefined
}

/** A reply of HTTP with a body of JSON, or of text. */
export function reply(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const lines = {
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(text)),
    ...headers,
  }
  const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} X\r\n${head.join('')}\r\n${text}`
}
