import type { IncomingMessage, ServerResponse } from 'node:http'
import { attempt } from '../../shared/result.ts'
import { ApiError, type Code } from '../api/errors.ts'
import type { Incoming, Response } from '../api/request.ts'
import { failure } from '../core/request/envelope.ts'
import { sourceOf } from '../limit/client-network.ts'
import type { BodyBudget } from './body-budget.ts'
import type { ForwardedFor } from './client.ts'
import type { Peer, ProxyProtocol } from './proxy-protocol.ts'
import { readHead } from './request.ts'
import { respond } from './response.ts'
import type { Turns } from './turns.ts'

export type Handle = (incoming: Incoming) => Promise<Response>

/** The log of the listener: an object with details, then a sentence. */
export interface Log {
  debug(facts: object, message: string): void
  error(facts: object, message: string): void
}

/** What all requests of a listener share. */
export interface ExchangeContext {
  readonly handle: Handle
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
export async function exchange(
  { message, response, peer, onWhole }: Exchange,
  { handle, log, bodyBudget, bodyTimeout, turns, forwarded }: ExchangeContext,
): Promise<void> {
  using share = bodyBudget.share()
  const head = await attempt(async () => readHead(message, { share, bodyTimeout, peer, forwarded }))
  await turns.next(sourceOf((head.ok ? head.value.client : peer).address))
  const answer = head.ok ? await attempt(() => handle(announced(head.value, onWhole))) : head
  if (!message.socket.writable) return
  if (!answer.ok) {
    const { error } = answer
    const known = error instanceof ApiError
    // do not read the rest of such a body
    if (known && BODY_REFUSED.includes(error.code)) response.setHeader('Connection', 'close')
    if (!known) log.error({ request: head.ok ? head.value.id : undefined, error }, 'request failed')
  }
  respond(message, response, answer.ok ? answer.value : failure(answer.error, false))
}

const announced = (incoming: Incoming, onWhole: () => void): Incoming => ({
  ...incoming,
  async read(isKnown) {
    const request = await incoming.read(isKnown)
    onWhole()
    return request
  },
})

const BODY_REFUSED: readonly Code[] = ['too large', 'too slow', 'busy']
