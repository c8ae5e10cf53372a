import { text } from '../text.ts'
import { urlPathOf } from './api-path.ts'
import { learnFrom } from './engine-state.ts'
import { errorText } from './error-text.ts'

/** Milliseconds for a reply, besides the time that a request waits for an event. */
const PATIENCE = 15_000

export interface ApiRequest {
  readonly method?: 'GET' | 'LIST' | 'POST' | 'DELETE'
  /** What a GET or a LIST asks for; undefined values are left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly data?: Readonly<Record<string, unknown>>
  readonly token?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** Milliseconds that the engine may wait for an event before it answers. */
  readonly waits?: number
}

/** What a reply of the API consists of. */
export interface Envelope {
  // what the engine sends for a path is known to the caller alone
  // biome-ignore lint/suspicious/noExplicitAny: each caller names the fields that it reads
  readonly data: any
  readonly auth?: { readonly client_token: string; readonly lease_duration: number } | null
  readonly lease_id?: string
  readonly lease_duration?: number
  readonly warnings?: readonly string[] | null
}

/** The engine refused a request, or gave no answer. */
export class ApiFailure extends Error {
  override name = 'ApiFailure'
  /** HTTP status; undefined without a reply. */
  readonly status: number | undefined

  constructor(message: string, status?: number) {
    super(message)
    this.status = status
  }
}

/**
 * Sends one request to a path of the API, `ssh/creds/web`. The token is in a header; nothing is kept by the browser.
 * @throws {ApiFailure} if there is no reply, or a reply with an error
 */
export async function send(path: string, request: ApiRequest = {}): Promise<Envelope> {
  const { signal, waits = 0 } = request
  const limit = AbortSignal.timeout(PATIENCE + waits)
  const reply = await replyTo(path, request, signal ? AbortSignal.any([signal, limit]) : limit)
  const parsed = await bodyOf(reply, signal)
  learnFrom(reply.status)
  if (!reply.ok) throw new ApiFailure(errorText(parsed) ?? `HTTP ${reply.status}`, reply.status)
  // replies without a body, such as that of a revocation, have no data
  return { data: {}, ...parsed }
}

/**
 * The object that a reply has, if it has a body. Anything else, such as the page of a proxy, says nothing about the request: its status is
 * not that of the engine. @throws {ApiFailure} without a status, also if the reply ends too early
 */
async function bodyOf(reply: Response, signal: AbortSignal | undefined): Promise<object> {
  try {
    const body = await reply.text()
    const parsed: unknown = body === '' ? {} : JSON.parse(body)
    if (typeof parsed === 'object' && parsed !== null) return parsed
  } catch (error) {
    if (signal?.aborted) throw error
  }
  if (!reply.ok) learnFrom(reply.status)
  throw new ApiFailure(text.noSense(reply.status))
}

async function replyTo(path: string, request: ApiRequest, signal: AbortSignal): Promise<Response> {
  const { method = 'GET', data, token } = request
  const urlPath = urlPathOf(path)
  if (urlPath === undefined) throw new ApiFailure(text.noPath)
  try {
    return await fetch(`/v1/${urlPath}${query(request)}`, {
      method: method === 'LIST' ? 'GET' : method,
      ...(data && { body: JSON.stringify(data) }),
      headers: {
        'x-vault-request': 'true',
        ...(token !== undefined && { 'x-vault-token': token }),
        ...(data && { 'content-type': 'application/json' }),
      },
      credentials: 'omit',
      cache: 'no-store',
      redirect: 'error',
      signal,
    })
  } catch (error) {
    if (request.signal?.aborted) throw error
    learnFrom(undefined)
    throw new ApiFailure(text.noAnswer)
  }
}

function query({ method, query = {} }: ApiRequest): string {
  const words = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '') words.set(name, String(value))
  if (method === 'LIST') words.set('list', 'true')
  return words.size > 0 ? `?${words}` : ''
}
