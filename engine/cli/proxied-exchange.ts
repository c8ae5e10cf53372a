import type { ConnectionOptions } from 'node:tls'
import { type buildConnector, type Dispatcher, ProxyAgent } from 'undici'
import { tlsOptions } from '../../shared/tls.ts'
import { type Exchange, type HttpReply, MAX_REPLY_BYTES } from './exchange.ts'
import type { HttpProxy } from './http-proxy.ts'
import type { HttpRequest } from './http-request.ts'

interface Proxied {
  readonly proxy: HttpProxy
  /** For the server; the certificate of the proxy is verified with the CAs of the system. */
  readonly tls: ConnectionOptions | undefined
  /** Milliseconds for a connection. */
  readonly deadline: number
}

/** Connections to a server through a proxy. A new one is made for each request. */
export class ProxiedExchange implements Exchange {
  readonly #dispatcher: Dispatcher

  constructor({ proxy, tls, deadline }: Proxied) {
    this.#dispatcher = new ProxyAgent({
      maxResponseSize: MAX_REPLY_BYTES,
      pipelining: 0,
      uri: proxy.url.reveal(),
      requestTls: connecting(deadline, tls),
      proxyTls: connecting(deadline, proxyTls(proxy)),
    })
  }

  async send(
    { method, headers, body }: HttpRequest,
    url: URL,
    deadline: number,
  ): Promise<HttpReply> {
    const answer = await this.#dispatcher.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method,
      headers,
      body: body ?? null,
      signal: AbortSignal.timeout(deadline),
    })
    const bytes = Buffer.from(await answer.body.arrayBuffer())
    const [location] = [answer.headers.location].flat()
    return { status: answer.statusCode, location, bytes }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dispatcher.destroy()
  }
}

// the same type, except for exactOptionalPropertyTypes
const connecting = (timeout: number, tls: ConnectionOptions | undefined) =>
  ({ timeout, ...tls }) as buildConnector.BuildOptions

function proxyTls({ origin }: HttpProxy): ConnectionOptions | undefined {
  const { protocol, hostname } = new URL(origin)
  return protocol === 'https:' ? tlsOptions(hostname, {}) : undefined
}
