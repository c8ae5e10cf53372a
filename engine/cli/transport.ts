import type { ConnectionOptions } from 'node:tls'
import { Invalid } from '../../shared/invalid.ts'
import { tlsOptions } from '../../shared/tls.ts'
import { ConnectionError } from './connection-error.ts'
import type { Exchange } from './exchange.ts'
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

type TransportSettings = Pick<
  Settings,
  'deadline' | 'trust' | 'proxy' | 'refusesRedirects' | 'shown'
>

/** Sends requests to servers with the timeout of the settings. Nothing but a read is ever sent twice. */
export class Transport implements AsyncDisposable {
  readonly #settings: TransportSettings
  readonly #exchanges = new Map<string, Promise<Exchange>>()
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
    const opened = await Promise.allSettled(this.#exchanges.values())
    for (const each of opened)
      if (each.status === 'fulfilled') await each.value[Symbol.asyncDispose]()
  }

  async #exchange(request: HttpRequest, url: URL) {
    const { deadline } = this.#settings
    const proxy = this.#settings.proxy(url)
    const exchange = await this.#connect(url, proxy)
    try {
      const { status, bytes, location } = await exchange.send(request, url, deadline)
      const text = new TextDecoder().decode(bytes)
      return { method: request.method, url, status, text, bytes, location }
    } catch (error) {
      throw new ConnectionError({ url, deadline, proxy: proxy?.origin }, error)
    }
  }

  #connect(url: URL, proxy: HttpProxy | undefined): Promise<Exchange> {
    // one for each server, whose certificates differ
    const known = this.#exchanges.get(url.origin)
    if (known) return known
    const made = this.#open(url, proxy)
    this.#exchanges.set(url.origin, made)
    return made
  }

  /** Loads what sends requests with the first one, since that takes most of the time of a local command. */
  async #open(url: URL, proxy: HttpProxy | undefined): Promise<Exchange> {
    const { deadline } = this.#settings
    const tls = url.protocol === 'https:' ? this.#tls(url) : undefined
    return proxy
      ? new (await import('./proxied-exchange.ts')).ProxiedExchange({ proxy, tls, deadline })
      : (await import('./direct-exchange.ts')).directExchange(tls)
  }

  #tls({ hostname, origin }: URL): ConnectionOptions {
    try {
      const host = hostname.replace(/^\[|\]$/g, '')
      const options = tlsOptions(host, this.#settings.trust)
      const { checkServerIdentity: verify } = options
      if (!verify) return options
      return {
        ...options,
        checkServerIdentity: (name, certificate) => {
          this.#expiries.set(origin, new Date(certificate.valid_to))
          return verify(name, certificate)
        },
      }
    } catch (error) {
      if (error instanceof Invalid || (error instanceof Error && 'code' in error))
        throw new Failure(`failed to setup TLS config: ${error.message}`)
      throw error
    }
  }
}
