import { Agent, type ClientRequest, request as requestPlain } from 'node:http'
import type { ConnectionOptions } from 'node:tls'
import { type Exchange, type HttpReply, MAX_REPLY_BYTES } from './exchange.ts'
import type { HttpRequest } from './http-request.ts'

/** Milliseconds after which an unused connection is closed, before servers and firewalls do. */
const MAX_IDLE = 4000

/** What a request on a connection fails with that the server has closed. */
const CLOSED: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE'])

interface Agents {
  readonly start: typeof requestPlain
  /** For reads. */
  readonly kept: Agent
  /** For everything else. */
  readonly single: Agent
}

/** Connections to a server without a proxy. They are Node's own, which are ready in half the time that those of undici take. */
export async function directExchange(tls: ConnectionOptions | undefined): Promise<Exchange> {
  const reused = { keepAlive: true, timeout: MAX_IDLE }
  if (!tls)
    return new DirectExchange({
      start: requestPlain,
      kept: new Agent(reused),
      single: new Agent(),
    })
  const { request } = await import('node:https')
  const { AuthenticatingAgent } = await import('./authenticating-agent.ts')
  return new DirectExchange({
    start: request,
    kept: new AuthenticatingAgent({ ...tls, ...reused }),
    single: new AuthenticatingAgent(tls),
  })
}

/**
 * Reads share a connection, and are repeated on another one if the server has closed it meanwhile. Anything else gets a connection of its
 * own: whether a lost write was carried out could not be told.
 */
class DirectExchange implements Exchange {
  readonly #agents: Agents

  constructor(agents: Agents) {
    this.#agents = agents
  }

  async send(request: HttpRequest, url: URL, deadline: number): Promise<HttpReply> {
    const { kept, single } = this.#agents
    const expired = AbortSignal.timeout(deadline)
    const start = (agent: Agent) => this.#start(request, url, agent)
    if (request.method !== 'GET') return await replyTo(start(single), expired)
    const read = start(kept)
    try {
      return await replyTo(read, expired)
    } catch (error) {
      const isClosed = error instanceof Error && 'code' in error && CLOSED.has(error.code)
      if (!isClosed || !read.reusedSocket) throw error
      return await replyTo(start(single), expired)
    }
  }

  #start({ method, headers, body }: HttpRequest, url: URL, agent: Agent): ClientRequest {
    const { hostname: host, port, pathname, search } = url
    const path = pathname + search
    const to = { host: host.replace(/^\[|\]$/g, ''), port, path }
    return this.#agents.start({ ...to, method, headers, agent }).end(body)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agents.kept.destroy()
    this.#agents.single.destroy()
  }
}

/** The reply to a request. @throws the reason of `expired` if it has not come before */
function replyTo(sent: ClientRequest, expired: AbortSignal): Promise<HttpReply> {
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      reject(expired.reason)
      sent.destroy()
    }
    expired.addEventListener('abort', giveUp)
    sent.on('error', reject)
    sent.on('close', () => expired.removeEventListener('abort', giveUp))
    sent.on('response', response => {
      const parts: Buffer[] = []
      let size = 0
      response.on('error', reject)
      response.on('data', (part: Buffer) => {
        parts.push(part)
        size += part.length
        if (size > MAX_REPLY_BYTES) response.destroy(new Error('the response is too large'))
      })
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          location: response.headers.location,
          bytes: Buffer.concat(parts),
        }),
      )
    })
  })
}
