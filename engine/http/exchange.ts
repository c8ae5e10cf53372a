import type { IncomingMessage, ServerResponse } from 'node:http'
import { attempt } from '../../shared/result.ts'
import { ApiError, type Code } from '../api/errors.ts'
import type { Incoming, Response } from '../api/request.ts'
import { failure } from '../core/request/envelope.ts'
import { sourceOf } from '../limit/client-network.ts'
import type { BodyBudget, BodyShare } from './body-budget.ts'
import { clientOf, type ForwardedFor } from './client.ts'
import { checkHost } from './headers.ts'
import type { Pages } from './pages.ts'
import type { Peer, ProxyProtocol } from './proxy-protocol.ts'
import { readHead } from './request.ts'
import { respond } from './response.ts'
import type { Turns } from './turns.ts'

export type Handle = (incoming: Incoming) => Promise<Response>

/** The log of the listener: an object with details, then a sentence. */
export interface Log {
  debug(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

/** What all requests of a listener share. */
export interface ExchangeContext {
  readonly handle: Handle
  /** What answers outside the API; undefined for nothing. */
  readonly pages: Pages | undefined
  readonly log: Log
  /** For large bodies. */
  readonly bodyBudget: BodyBudget
  /** Milliseconds in which a body without a valid token must arrive. */
  readonly bodyTimeout: number
  readonly turns: Turns
  readonly forwarded: ForwardedFor | undefined
  readonly proxy: ProxyProtocol | undefined
}

/** A request message and its response. */
export interface Exchange {
  readonly message: IncomingMessage
  readonly response: ServerResponse
  /** Where the connection comes from. */
  readonly peer: Peer
  /** Called when the whole request has arrived. */
  readonly onWhole: () => void
}

/** Reads one request when its turn has come, handles it and sends the answer, unless the client has disconnected. Does not reject. */
export async function exchange(asked: Exchange, context: ExchangeContext): Promise<void> {
  const { message, response, peer } = asked
  using share = context.bodyBudget.share()
  const head = await attempt(async () => open(asked, context, share))
  await context.turns.next(sourceOf((head.ok ? head.value.client : peer).address))
  const answer = head.ok ? await attempt(head.value.answer) : head
  if (!message.socket.writable) return
  if (!answer.ok) {
    const { error } = answer
    const known = error instanceof ApiError
    // do not read the rest of such a body
    if (known && BODY_REFUSED.includes(error.code)) response.setHeader('Connection', 'close')
    if (!known)
      context.log.error({ request: head.ok ? head.value.id : undefined, error }, 'request failed')
  }
  respond(message, response, answer.ok ? answer.value : failure(answer.error, false))
}

/** A request whose head has been read. */
interface Opened {
  readonly client: Peer
  /** Undefined for a page, which nothing records. */
  readonly id?: string
  readonly answer: () => Promise<Response>
}

/** Reads the head of a request. One for a page never gets to `handle`. @throws {ApiError} if it is malformed */
function open(
  { message, peer, onWhole }: Exchange,
  { handle, pages, bodyTimeout, forwarded }: ExchangeContext,
  share: BodyShare,
): Opened {
  const page = pages?.answer(message)
  if (!page) {
    const head = readHead(message, { share, bodyTimeout, onWhole, peer, forwarded })
    return { client: head.client, id: head.id, answer: () => handle(head) }
  }
  checkHost(message)
  onWhole()
  return { client: clientOf(message, '', { peer, forwarded }), answer: async () => page }
}

const BODY_REFUSED: readonly Code[] = ['too large', 'too slow', 'busy']
