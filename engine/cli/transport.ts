import type { buildConnector, Dispatcher } from 'undici'
import { Invalid } from '../../shared/invalid.ts'
import { tlsOptions } from '../../shared/tls.ts'
import { ConnectionError } from './connection-error.ts'
import { Failure } from './failure.ts'
import type { HttpProxy } from './http-proxy.ts'
import type { HttpRequest } from './http-request.ts'
import { redirection } from './redirection.ts'
import type { Settings } from './settings.ts'

export interface Answer {
  readonly method: string
  /** The URL that answered, after a redirect. */
  readonly url: URL
  readonly status: number
  readonly text: string
  readonly bytes: Buffer
}

/** Bytes; no response of the API comes near it. */
const MAX_REPLY_BYTES = 32 * 1024 * 1024

type ConnectorOptions = buildConnector.BuildOptions

type TransportSettings = Pick<
  Settings,
  'deadline' | 'trust' | 'proxy' | 'refusesRedirects' | 'shown'
>

/** Sends requests to servers, without retries, and with the timeout of the settings. */
export class Transport implements AsyncDisposable {
  readonly #settings: TransportSettings
  readonly #dispatchers = new Map<string, Dispatcher>()
  readonly #expiries = new Map<string, Date>()

  constructor(settings: TransportSettings) {
    this.#settings = settings
  }

  /** Sends a request and follows one redirect, unless the settings forbid it, never from https to http. @throws {Error} for a second redirect */
  async send(request: HttpRequest, url: URL): Promise<Answer> {
    this.#settings.shown?.take(request, url, this.#settings.trust)
    const first = await this.#exchange(request, url)
    const next = this.#settings.refusesRedirects ? undefined : redirection(first)
    if (!next) return first
    const second = await this.#exchange(request, next.follow())
    const more = redirection(second)
    if (more) throw more.error('for the second time')
    return second
  }

  /** When the certificate of a server expires that has answered; undefined if it was not verified. */
  certificateExpiry({ origin }: URL): Date | undefined {
    return this.#expiries.get(origin)
  }

  /** Aborts what is in progress, such as a request that waits for something and is not needed any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#dispatchers.values()].map(each => each.destroy()))
  }

  async #exchange({ method, headers, body }: HttpRequest, url: URL) {
    const { deadline } = this.#settings
    const proxy = this.#settings.proxy(url)
    const dispatcher = await this.#connect(url, proxy)
    const { default: request } = await import('undici/lib/api/api-request.js')
    try {
      const answer = await request.call(dispatcher, {
        origin: url.origin,
        path: url.pathname + url.search,
        method,
        headers,
        body: body ?? null,
        signal: AbortSignal.timeout(deadline),
      })
      const bytes = Buffer.from(await answer.body.arrayBuffer())
      const text = new TextDecoder().decode(bytes)
      const [location] = [answer.headers.location].flat()
      return { method, url, status: answer.statusCode, text, bytes, location }
    } catch (error) {
      throw new ConnectionError({ url, deadline, proxy: proxy?.origin }, error)
    }
  }

  /** Loads what it takes of the HTTP library with the first request, since that takes most of the time of a local command. */
  async #connect(url: URL, proxy: HttpProxy | undefined): Promise<Dispatcher> {
    const { deadline } = this.#settings
    // one for each server, whose certificates differ
    const known = this.#dispatchers.get(url.origin)
    if (known) return known
    const tls = url.protocol === 'https:' ? this.#tls(url) : {}
    const common = { maxResponseSize: MAX_REPLY_BYTES, pipelining: 0 }
    const made = proxy
      ? new (await import('undici')).ProxyAgent({
          ...common,
          uri: proxy.url.reveal(),
          requestTls: { timeout: deadline, ...tls },
          proxyTls: { timeout: deadline, ...proxyTls(proxy) },
        })
      : new (await import('undici/lib/dispatcher/agent.js')).default({
          ...common,
          connect: { timeout: deadline, ...tls },
        })
    this.#dispatchers.set(url.origin, made)
    return made
  }

  #tls({ hostname, origin }: URL): ConnectorOptions {
    try {
      const host = hostname.replace(/^\[|\]$/g, '')
      const options = tlsOptions(host, this.#settings.trust)
      const { checkServerIdentity: verify } = options
      const seen: typeof verify = (name, certificate) => {
        this.#expiries.set(origin, new Date(certificate.valid_to))
        return verify?.(name, certificate)
      }
      // the same type, except for exactOptionalPropertyTypes
      return { ...options, ...(verify && { checkServerIdentity: seen }) } as ConnectorOptions
    } catch (error) {
      if (error instanceof Invalid || (error instanceof Error && 'code' in error))
        throw new Failure(`failed to setup TLS config: ${error.message}`)
      throw error
    }
  }
}

/** The certificate of a proxy is verified with the CAs of the system, not with those for the engine. */
function proxyTls({ origin }: HttpProxy): ConnectorOptions {
  const { protocol, hostname } = new URL(origin)
  return protocol === 'https:' ? (tlsOptions(hostname, {}) as ConnectorOptions) : {}
}
