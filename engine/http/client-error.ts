import { METHODS, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'

/** What Node's parser and its timers object to, where the answer is not 400. */
const STATUS: ReadonlyMap<string | undefined, number> = new Map([
  ['HPE_HEADER_OVERFLOW', 431],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 413],
  ['ERR_HTTP_REQUEST_TIMEOUT', 408],
  ['ERR_TLS_HANDSHAKE_TIMEOUT', 503],
])
/** What is said to who may have done nothing wrong: the server may have been too busy to hear of it in time. */
const SENTENCES: ReadonlyMap<number, string> = new Map([
  [408, 'the request did not arrive in time; it may be sent again'],
  [503, 'the connection was not set up in time; try again'],
])
/** The verb of a request line as it should be. */
const VERB = /^([A-Z]{3,20}) \S+ HTTP\/1\.[01]\r\n/
/** Milliseconds in which the client may take the answer before the connection is torn down. */
const LINGER = 500

interface ClientError extends Error {
  readonly code?: string
  readonly rawPacket?: Buffer
}

/**
 * Answers bytes that are no HTTP request, and closes the connection. The answers to requests before it go out first.
 * `last` is the answer, sent or not, to the last request that was one.
 */
export function refuse(error: ClientError, socket: Duplex, last: ServerResponse | undefined): void {
  const turn = error.code === 'ECONNRESET' || !socket.writable ? 'never' : turnOf(last)
  if (turn === 'now') sendRefusal(statusOf(error), socket)
  else if (turn === 'later') last?.once('close', () => refuse(error, socket, undefined))
  else socket.destroy()
}

function turnOf(last: ServerResponse | undefined): 'now' | 'later' | 'never' {
  if (!last || last.writableFinished) return 'now'
  if (last.req.complete) return 'later'
  // it is the body of that request that is malformed, and its answer will be this one, if none has begun and none is before it
  return last.socket && !last.headersSent ? 'now' : 'never'
}

function statusOf({ code, rawPacket }: ClientError): number {
  const verb = VERB.exec(rawPacket?.toString('latin1', 0, 16_384) ?? '')?.[1]
  if (code === 'HPE_INVALID_METHOD' && verb !== undefined && !METHODS.includes(verb)) return 405
  return STATUS.get(code) ?? 400
}

/** Sends an error, most of them without a text. Then waits a little, reading on: closing at once could take the answer from the client. */
export function sendRefusal(status: number, socket: Duplex): void {
  const sentence = SENTENCES.get(status)
  const body = `${JSON.stringify({ errors: sentence === undefined ? [] : [sentence] })}\n`
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      'Connection: close',
      'Cache-Control: no-store',
      'Content-Type: application/json',
      `Content-Length: ${body.length}\r\n\r\n${body}`,
    ].join('\r\n'),
  )
  setTimeout(() => socket.destroy(), LINGER).unref()
}
