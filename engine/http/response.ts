import type { IncomingMessage, ServerResponse } from 'node:http'
import { printableJson } from '../../shared/printable-json.ts'
import type { Response } from '../api/request.ts'
import { namespaceOf } from './headers.ts'

/** Sends a response with the headers that clients expect. Contract §1.2 and §1.3. */
export function respond(
  message: IncomingMessage,
  response: ServerResponse,
  answer: Response,
): void {
  const { status, body, headers } = answer
  const text = bytesOf(body)
  const namespace = namespaceOf(message.headers)
  response.writeHead(status, {
    'Cache-Control': 'no-store',
    'Content-Type': typeOf(body),
    ...(!BODILESS.includes(status) && { 'Content-Length': Buffer.byteLength(text) }),
    ...headers,
    ...(namespace !== undefined && { 'X-Vault-Namespace': namespace }),
  })
  // Node joins a string with the head and encodes both as UTF-8; a Buffer keeps the bytes of the namespace in the head unchanged
  response.end(namespace === undefined ? text : Buffer.from(text))
}

const BODILESS = [204, 304]

function typeOf(body: Response['body']): string {
  if (Buffer.isBuffer(body)) return 'application/octet-stream'
  return typeof body === 'string' ? 'text/plain' : 'application/json'
}

/** The body as it is sent. Node omits it where HTTP allows none. */
function bytesOf(body: Response['body']): string | Buffer {
  if (body === undefined) return ''
  if (Buffer.isBuffer(body)) return body
  return typeof body === 'string' ? body : `${printableJson(body)}\n`
}
