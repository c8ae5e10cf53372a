import { request as plain } from 'node:http'
import { request as secure } from 'node:https'
import { Invalid } from '../../../shared/invalid.ts'
import { LISTED } from '../../../shared/tls.ts'

/** How to reach an identity provider. */
export interface Reach {
  /** CA certificates in PEM; empty for those of the system. */
  readonly ca: string
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Limits of a response, in milliseconds and bytes. */
const DEADLINE = 10_000
const MAX_BYTES = 1024 * 1024

/** A response of an identity provider. */
export interface Answer {
  readonly status: number
  readonly json: Readonly<Record<string, unknown>>
}

/**
 * The JSON object at a URL, see {@link fetchAnswer}.
 * @throws {Invalid} also for a response that is not 200
 */
export async function fetchJson(url: string, reach: Reach): Promise<Answer['json']> {
  return jsonOf(url, await fetchAnswer(url, reach))
}

/** The JSON of a response with status 200. @throws {Invalid} for any other */
export function jsonOf(url: string, { status, json }: Answer): Answer['json'] {
  if (status !== 200) throw new Invalid(`${shown(url)}: answered with status ${status}`)
  return json
}

/**
 * Sends one request to an identity provider. Redirects are not followed. Plain HTTP is allowed only to the loopback interface.
 * @throws {Invalid} for a response that is late or not a JSON object; the message has the URL, never what was sent
 */
export async function fetchAnswer(url: string, reach: Reach): Promise<Answer> {
  try {
    const { status, text } = await send(new URL(url), reach)
    const json: unknown = JSON.parse(text)
    if (typeof json !== 'object' || json === null || Array.isArray(json))
      throw new Error(`answered with status ${status}`)
    return { status, json: json as Answer['json'] }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Invalid(`${shown(url)}: ${error instanceof SyntaxError ? 'not JSON' : reason}`, {
      cause: error,
    })
  }
}

/** A URL without credentials and query: clients that log in see it. */
function shown(url: string): string {
  const { origin = url, pathname = '' } = URL.parse(url) ?? {}
  return `${origin}${pathname}`
}

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

function send(
  url: URL,
  { ca, method = 'GET', headers = {}, body }: Reach,
): Promise<{ readonly status: number; readonly text: string }> {
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && LOOPBACK.includes(url.hostname)))
    throw new Error('must be an https address')
  const options = {
    method,
    headers: { accept: 'application/json', ...headers },
    agent: false,
    ...(ca !== '' && { ca, ...LISTED }),
  } as const
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>()
  const request = (url.protocol === 'https:' ? secure : plain)(url, options, response => {
    const chunks: Buffer[] = []
    let length = 0
    response.on('error', end)
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      length += chunk.length
      if (length > MAX_BYTES) end(new Error('the response is too large'))
    })
    response.on('end', () =>
      resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
    )
  })
  // settles in every case, whatever events the other side causes
  const end = (error: Error) => {
    reject(error)
    request.destroy()
  }
  request.on('error', end)
  request.on('upgrade', (_, socket) => {
    socket.destroy()
    end(new Error('answered with another protocol'))
  })
  request.on('close', () => end(new Error('closed the connection')))
  const deadline = setTimeout(() => end(new Error('did not answer in time')), DEADLINE)
  request.end(body)
  return promise.finally(() => clearTimeout(deadline))
}
