import { METHODS, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'

/** The statuses for errors of Node's parser and timers, other than 400. */
const STATUS: ReadonlyMap<string | undefined, number> = new Map([
  ['HPE_HEADER_OVERFLOW', 431],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 413],
  ['ERR_HTTP_REQUEST_TIMEOUT', 408],
  ['ERR_TLS_HANDSHAKE_TIMEOUT', 503],
])
/** Texts for timeouts, which may also be caused by a busy server. */
const SENTENCES: ReadonlyMap<number, string> = new Map([
  [408, 'the request did not arrive in time; it may be sent again'],
  [503, 'the connection was not set up in time; try again'],
])
/** The verb of a well-formed request line. */
const VERB = /^([A-Z]{3,20}) \S+ HTTP\/1\.[01]\r\n/
/** Milliseconds for the client to read the answer before the connection is destroyed. */
const LINGER = 500

interface ClientError extends Error {
  readonly code?: string
  readonly rawPacket?: Buffer
}

/**
 * Answers malformed HTTP and closes the connection. Answers to earlier requests are sent first.
 * `last` is the response, sent or not, to the last well-formed request.
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
  // the body of that request is malformed: this is its answer, if no other has begun and no earlier request still waits for its own
  return last.socket && !last.headersSent ? 'now' : 'never'
}

function statusOf({ code, rawPacket }: ClientError): number {
  const verb = VERB.exec(rawPacket?.toString('latin1', 0, 16_384) ?? '')?.[1]
  if (code === 'HPE_INVALID_METHOD' && verb !== undefined && !METHODS.includes(verb)) return 405
  return STATUS.get(code) ?? 400
}

/** Sends an error. Then reads on for a while: closing at once could reset the connection before the client has read the answer. */
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
