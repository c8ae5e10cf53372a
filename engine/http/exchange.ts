import type { IncomingMessage, ServerResponse } from 'node:http'
import { attempt } from '../../shared/result.ts'
import { ApiError, type Code } from '../api/errors.ts'
import type { Incoming, Response } from '../api/request.ts'
import { failure } from '../core/answer.ts'
import { readHead } from './request.ts'
import { respond } from './response.ts'
import type { Room } from './room.ts'

export type Handle = (incoming: Incoming) => Promise<Response>

/** Where the listener says what went wrong: an object of plain facts, then a sentence. */
export interface Log {
  debug(facts: object, message: string): void
  error(facts: object, message: string): void
}

/** What all exchanges of a listener share. */
export interface Exchanges {
  readonly handle: Handle
  readonly log: Log
  /** For the bodies of requests. */
  readonly room: Room
}

/** Reads one request, has it handled, and sends the answer. Does not reject; a client that has gone gets none. */
export async function exchange(
  message: IncomingMessage,
  response: ServerResponse,
  { handle, log, room }: Exchanges,
): Promise<void> {
  using share = room.share()
  const head = await attempt(async () => readHead(message, share))
  const answer = head.ok ? await attempt(() => handle(head.value)) : head
  if (!message.socket.writable) return
  if (!answer.ok) {
    const { error } = answer
    const known = error instanceof ApiError
    // the rest of such a body is not worth reading
    if (known && BODY_REFUSED.includes(error.code)) response.setHeader('Connection', 'close')
    if (!known) log.error({ request: head.ok ? head.value.id : undefined, error }, 'request failed')
  }
  respond(message, response, answer.ok ? answer.value : failure(answer.error, false))
}

const BODY_REFUSED: readonly Code[] = ['too large', 'too slow', 'busy']
