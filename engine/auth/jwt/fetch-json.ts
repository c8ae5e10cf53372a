import { request as plain } from 'node:http'
import { request as secure } from 'node:https'
import { Invalid } from '../../../shared/invalid.ts'
import { LISTED } from '../../../shared/tls.ts'

/** How to reach an identity provider. */
export interface Reach {
  /** PEM certificates of the authorities that may vouch for it; those of the system when empty. */
  readonly ca: string
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Milliseconds, and bytes, that an answer may take. */
const DEADLINE = 10_000
const LONGEST = 1024 * 1024

/**
 * Asks an identity provider, once and at this very address: no redirect is followed. Without TLS only on the same machine.
 * @throws {Invalid} for an answer that is no JSON object, not good or not in time; the message names the URL, never what was sent
 */
export async function fetchJson(url: string, reach: Reach): Promise<Record<string, unknown>> {
  try {
    const { status, text } = await send(new URL(url), reach)
    const json: unknown = JSON.parse(text)
    if (status !== 200 || typeof json !== 'object' || json === null || Array.isArray(json))
      throw new Error(`answered with status ${status}`)
    return json as Record<string, unknown>
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    // whoever logs in sees the message: a user and a password in the address are not for them
    const { origin = url, pathname = '' } = URL.parse(url) ?? {}
    throw new Invalid(
      `${origin}${pathname}: ${error instanceof SyntaxError ? 'no JSON' : reason}`,
      {
        cause: error,
      },
    )
  }
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
      if (length > LONGEST) end(new Error('answered with too much'))
    })
    response.on('end', () =>
      resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
    )
  })
  // settles in every case: which events come at the end, and whether any does, is up to the other side
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
