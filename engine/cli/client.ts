import type { buildConnector, Dispatcher } from 'undici'
import { Invalid } from '../../shared/invalid.ts'
import { tlsOptions } from '../../shared/tls.ts'
import { ConnectionError } from './connection-error.ts'
import { type Envelope, type Json, parseEnvelope } from './envelope.ts'
import { Failure } from './failure.ts'
import { requestPath } from './path.ts'
import { RequestError } from './request-error.ts'
import type { Settings } from './settings.ts'

type Query = Readonly<Record<string, string | readonly string[]>>

interface Request {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  readonly path: string
  readonly query?: Query
  readonly body?: Json
}

interface Answer {
  readonly method: string
  readonly url: URL
  readonly status: number
  readonly text: string
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 307])

/** No reply of ours comes near it; a server that sends more is not one. */
const LONGEST_REPLY = 32 * 1024 * 1024

const NO_TOKEN =
  'No token was sent. Log in with "postern login", or set POSTERN_TOKEN or VAULT_TOKEN.'

/**
 * Asks the server, as Vault's Go client does: one redirect is followed, never from https to http, and nothing is tried twice.
 * Every request ends within the deadline of the settings.
 */
export class Client implements AsyncDisposable {
  readonly #settings: Settings
  #dispatcher: Dispatcher | undefined

  constructor(settings: Settings) {
    this.#settings = settings
  }

  read(path: string, query: Query = {}): Promise<Envelope | undefined> {
    return this.#ask({ method: 'GET', path, query })
  }

  list(path: string, query: Query = {}): Promise<Envelope | undefined> {
    return this.#ask({ method: 'GET', path, query: { ...query, list: 'true' } })
  }

  delete(path: string, query: Query = {}): Promise<Envelope | undefined> {
    return this.#ask({ method: 'DELETE', path, query })
  }

  write(path: string, body?: Json): Promise<Envelope | undefined> {
    return this.#ask({ method: 'PUT', path, ...(body !== undefined && { body }) })
  }

  /** As {@link write}, for the paths that Vault's clients POST to. */
  post(path: string, body: Json): Promise<Envelope | undefined> {
    return this.#ask({ method: 'POST', path, body })
  }

  /** The body of the answer, whatever it is; `undefined` where nothing is there. */
  async readText(path: string, query: Query = {}): Promise<string | undefined> {
    const answer = await this.#follow({ method: 'GET', path, query })
    if (answer.status === 404) return undefined
    this.#check(answer)
    return answer.text
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dispatcher?.close()
  }

  async #ask(request: Request): Promise<Envelope | undefined> {
    const answer = await this.#follow(request)
    if (answer.status !== 404) this.#check(answer)
    const envelope = envelopeOf(answer)
    // a 404 is "nothing there", and may still come with warnings or data
    if (answer.status !== 404 || envelope?.data || envelope?.warnings?.length) return envelope
    if (request.method !== 'GET' || errorsOf(answer.text)?.length) this.#check(answer)
    return undefined
  }

  /** @throws {RequestError} if the server refused */
  #check({ status, method, url, text }: Answer): void {
    if (status >= 200 && status < 400) return
    const advice = status === 403 && !this.#settings.token ? NO_TOKEN : undefined
    throw new RequestError({ method, url, status, errors: errorsOf(text), text, advice })
  }

  async #follow(request: Request): Promise<Answer> {
    const { address } = this.#settings
    const url = new URL(requestPath(address.pathname, request.path), address)
    for (const [name, value] of Object.entries(request.query ?? {}))
      for (const each of [value].flat()) url.searchParams.append(name, each)
    const first = await this.#send(request, url)
    if (!REDIRECTS.has(first.status) || first.location === undefined) return first
    const next = new URL(first.location, url)
    if (url.protocol === 'https:' && next.protocol !== 'https:')
      throw new Error('redirect would cause protocol downgrade')
    return this.#send(request, next)
  }

  async #send(request: Request, url: URL): Promise<Answer & { location: string | undefined }> {
    const { deadline } = this.#settings
    const dispatcher = await this.#connect()
    try {
      const { statusCode, headers, body } = await dispatcher.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method: request.method,
        headers: this.#headers(request),
        body: request.body === undefined ? null : JSON.stringify(request.body),
        signal: AbortSignal.timeout(deadline),
      })
      const text = await body.text()
      const location = headers.location === undefined ? undefined : String(headers.location)
      return { method: request.method, url, status: statusCode, text, location }
    } catch (error) {
      throw new ConnectionError(url, deadline, error)
    }
  }

  /** Loads the HTTP library with the first request: most of the time of a command that needs none would go into it. */
  async #connect(): Promise<Dispatcher> {
    const { Agent } = await import('undici')
    const { address, deadline } = this.#settings
    this.#dispatcher ??= new Agent({
      connect: { timeout: deadline, ...(address.protocol === 'https:' && this.#tls()) },
      maxResponseSize: LONGEST_REPLY,
      pipelining: 0,
    })
    return this.#dispatcher
  }

  #tls(): buildConnector.BuildOptions {
    const { address, trust } = this.#settings
    try {
      const host = address.hostname.replace(/^\[|\]$/g, '')
      // the same type to all intents: only whether "undefined" may be written out differs
      return tlsOptions(host, trust) as buildConnector.BuildOptions
    } catch (error) {
      if (error instanceof Invalid || (error instanceof Error && 'code' in error))
        throw new Failure(`failed to setup TLS config: ${error.message}`)
      throw error
    }
  }

  #headers({ body }: Request): Record<string, string> {
    const { token, namespace, wrapTtl, headers } = this.#settings
    return {
      ...headers,
      'x-vault-request': 'true',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token && { 'x-vault-token': token.reveal() }),
      ...(namespace && { 'x-vault-namespace': namespace }),
      ...(wrapTtl && { 'x-vault-wrap-ttl': `${wrapTtl}s` }),
    }
  }
}

function envelopeOf({ text, status, url }: Answer): Envelope | undefined {
  try {
    return parseEnvelope(text)
  } catch (error) {
    if (status === 404) return undefined
    const cause = { cause: error }
    throw new Error(`${url} answered with text that is not JSON: try "read -format=raw"`, cause)
  }
}

function errorsOf(text: string): readonly string[] | undefined {
  try {
    const { errors } = JSON.parse(text) as { errors?: unknown }
    return Array.isArray(errors) ? errors.map(String) : undefined
  } catch {
    // not JSON: a proxy in between has answered
    return undefined
  }
}
