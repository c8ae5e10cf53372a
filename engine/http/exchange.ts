import type { IncomingMessage, ServerResponse } from 'node:http'
import { attempt } from '../../shared/result.ts'
import { ApiError } from '../api/errors.ts'
import type { Request, Response } from '../api/request.ts'
import { failure } from '../core/answer.ts'
import { readRequest } from './request.ts'
import { respond } from './response.ts'

export type Handle = (request: Request) => Promise<Response>

/** Where the listener says what went wrong: an object of plain facts, then a sentence. */
export interface Log {
  debug(facts: object, message: string): void
  error(facts: object, message: string): void
}

/** Reads one request, has it handled, and sends the answer. Does not reject; a client that has gone gets none. */
export async function exchange(
  message: IncomingMessage,
  response: ServerResponse,
  { handle, log }: { readonly handle: Handle; readonly log: Log },
): Promise<void> {
  const read = await attempt(() => readRequest(message))
  const answer = read.ok ? await attempt(() => handle(read.value)) : read
  if (!message.socket.writable) return
  if (!answer.ok && !(answer.error instanceof ApiError))
    log.error(
      { request: read.ok ? read.value.id : undefined, error: answer.error },
      'request failed',
    )
  const { status, body } = answer.ok ? answer.value : failure(answer.error, false)
  // what is left of a body that is too large is not worth reading, and would be taken for the next request
  if (status === 413) response.setHeader('Connection', 'close')
  respond(message, response, { status, body })
}
