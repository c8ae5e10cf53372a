import { Invalid } from '../../shared/invalid.ts'
import type { Secret } from '../../shared/secret.ts'
import { adviceFor, isForLackOfToken } from './advice.ts'
import type { Envelope, Json } from './envelope.ts'
import { TokenInUse } from './kept-token/token-in-use.ts'
import { requestPath } from './path.ts'
import { parseEnvelope } from './read-envelope.ts'
import { RequestError, shownUrl } from './request-error.ts'
import type { Settings } from './settings.ts'
import { type Answer, Transport } from './transport.ts'

type Query = Readonly<Record<string, string | readonly string[]>>

interface Request {
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly query?: Query
  readonly body?: Json
}

const MERGE_PATCH = 'application/merge-patch+json'

/** Status codes of success. */
const SUCCESS: ReadonlySet<number> = new Set([200, 202, 204])

/** Sends requests as Vault's Go client does. Any response but one of success is an error. */
export class Client implements AsyncDisposable {
  readonly #settings: Settings
  readonly #transport: Transport

  constructor(settings: Settings, transport = new Transport(settings)) {
    this.#settings = settings
    this.#transport = transport
  }

  /** A client with the connections of this one that sends no token. */
  withoutToken(): Client {
    return new Client({ ...this.#settings, token: undefined }, this.#transport)
  }

  /** A client of its own connections that waits for an answer no longer than this, in milliseconds. */
  within(patience: number): Client {
    const deadline = Math.min(patience, this.#settings.deadline)
    return new Client({ ...this.#settings, deadline })
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

  /** Like {@link write}, for paths that Vault's clients POST to. */
  post(path: string, body: Json): Promise<Envelope | undefined> {
    return this.#ask({ method: 'POST', path, body })
  }

  /** Changes the given fields of what is at a path, where the server supports that. RFC 7396. */
  patch(path: string, body: Json): Promise<Envelope | undefined> {
    return this.#ask({ method: 'PATCH', path, body })
  }

  /** The body of the response, in any format; `undefined` for a 404. */
  async readText(path: string, query: Query = {}): Promise<string | undefined> {
    return (await this.#readBody(path, query))?.text
  }

  /** The same, for a body that is no text. */
  async readBytes(path: string): Promise<Buffer | undefined> {
    return (await this.#readBody(path, {}))?.bytes
  }

  async #readBody(path: string, query: Query): Promise<Answer | undefined> {
    const answer = await this.#exchange({ method: 'GET', path, query })
    if (answer.status === 404) return undefined
    await this.#check(answer)
    return answer
  }

  /** The address of the server. */
  get address(): string {
    return this.#settings.address.href
  }

  /** When the certificate of the server expires; undefined without TLS, without verification, and before it has answered. */
  get certificateExpiry(): Date | undefined {
    return this.#transport.certificateExpiry(this.#settings.address)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#transport[Symbol.asyncDispose]()
  }

  async #ask(request: Request): Promise<Envelope | undefined> {
    const answer = await this.#exchange(request)
    if (answer.status === 404 && request.method === 'GET') return this.#absent(answer)
    await this.#check(answer)
    return envelopeOf(answer)
  }

  /** Sends a request, and once more if the server does not take the token and the user has logged in again. It has done nothing then. */
  async #exchange(request: Request): Promise<Answer> {
    const { token } = this.#settings
    if (!(token instanceof TokenInUse)) return this.#send(request)
    const used = await token.get()
    const answer = await this.#send(request)
    if (SUCCESS.has(answer.status) && !request.path.startsWith('auth/token/'))
      await token.accepted({ changed: request.method !== 'GET' })
    if (answer.status !== 403 || !token.isReplaceable) return answer
    const isRefused = await isForLackOfToken({
      ...(await this.#refusal(answer)),
      errors: errorsOf(answer.text) ?? [],
      hasToken: used !== undefined,
      // with this one, also if another request has replaced it meanwhile
      ask: path => this.#send({ method: 'GET', path }, Promise.resolve(used)),
    })
    const isReplaced = isRefused && (await token.replace(used))
    return isReplaced ? this.#send(request) : answer
  }

  /** Handles a 404 of the API, which means that nothing exists there, and may have warnings or data. One of a proxy is an error. */
  async #absent(answer: Answer): Promise<Envelope | undefined> {
    if (answer.text.trim() === '') return undefined
    const envelope = isOurs(answer.text) ? envelopeOf(answer) : await this.#check(answer)
    if (errorsOf(answer.text)?.length) await this.#check(answer)
    return envelope?.data || envelope?.warnings?.length ? envelope : undefined
  }

  /** @throws {RequestError} unless the request succeeded */
  async #check({ status, method, url, text }: Answer): Promise<undefined> {
    if (SUCCESS.has(status)) return undefined
    const errors = errorsOf(text)
    const advice = await adviceFor({
      ...(await this.#refusal({ url, status })),
      capability: capabilityFor(method, url),
      errors: errors ?? [],
    })
    throw new RequestError({ method, url, status, errors, text, advice })
  }

  async #refusal({ url, status }: Pick<Answer, 'url' | 'status'>) {
    return {
      path: url.pathname.split('/v1/').slice(1).join('/v1/'),
      status,
      hasToken: (await this.#token()) !== undefined,
      ask: (path: string) => this.#send({ method: 'GET', path }),
    }
  }

  async #token(): Promise<Secret | undefined> {
    const { token } = this.#settings
    return token instanceof TokenInUse ? token.get() : token
  }

  async #send(
    { method, path, query = {}, body }: Request,
    token: Promise<Secret | undefined> = this.#token(),
  ): Promise<Answer> {
    const { address } = this.#settings
    const url = new URL(requestPath(address.pathname, path), address)
    for (const [name, value] of Object.entries(query))
      for (const each of [value].flat()) url.searchParams.append(name, each)
    const text = body === undefined ? undefined : JSON.stringify(body)
    const headers = this.#headers(method, text, await token)
    return this.#transport.send({ method, headers, body: text }, url)
  }

  #headers(
    method: string,
    body: string | undefined,
    token: Secret | undefined,
  ): Record<string, string> {
    const { namespace, wrapTtl, headers } = this.#settings
    return {
      ...headers,
      'x-vault-request': 'true',
      ...(body !== undefined && {
        'content-type': method === 'PATCH' ? MERGE_PATCH : 'application/json',
      }),
      ...(token && { 'x-vault-token': token.reveal() }),
      ...(namespace && { 'x-vault-namespace': namespace }),
      ...(wrapTtl && { 'x-vault-wrap-ttl': `${wrapTtl}s` }),
    }
  }
}

function capabilityFor(method: string, { searchParams }: URL) {
  if (method === 'GET') return searchParams.get('list') === 'true' ? 'list' : 'read'
  if (method === 'PATCH') return 'patch'
  return method === 'DELETE' ? 'delete' : 'update'
}

function envelopeOf({ text, url }: Answer): Envelope | undefined {
  try {
    return parseEnvelope(text)
  } catch (error) {
    const cause = { cause: error }
    if (error instanceof Invalid)
      throw new Error(`unexpected response of the server: ${error.message}`, cause)
    throw new Error(
      `${shownUrl(url)} answered with text that is not JSON: try "read -format=raw"`,
      cause,
    )
  }
}

/** Whether a body comes from this API, and not from a proxy. */
function isOurs(text: string): boolean {
  try {
    const body = JSON.parse(text)
    return ['errors', 'request_id', 'data', 'warnings'].some(name => Object.hasOwn(body, name))
  } catch {
    // not JSON, or null
    return false
  }
}

function errorsOf(text: string): readonly string[] | undefined {
  try {
    const { errors } = JSON.parse(text) as { errors?: unknown }
    if (!Array.isArray(errors)) return undefined
    return errors.map(each => (typeof each === 'string' ? each : JSON.stringify(each)))
  } catch {
    // not JSON, or null, or nested too deeply: the answer of a proxy
    return undefined
  }
}
