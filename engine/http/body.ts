import type { IncomingMessage } from 'node:http'
import { ApiError } from '../api/errors.ts'

/** Bytes that a body may have. */
const LIMIT = 32 * 1024 * 1024
/** Bytes that are read, and dropped, of a body that is too large: its sender hears of it only once it has sent all of it. */
const PATIENCE = 2 * LIMIT

/**
 * All of a request's body.
 * @throws {ApiError} too large
 * @throws {Error} if the connection breaks before the end
 */
export function readBody(message: IncomingMessage): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const chunks: Buffer[] = []
  let size = 0
  const tooLarge = () => reject(new ApiError('too large', 'http: request body too large'))
  if (Number(message.headers['content-length'] ?? 0) > PATIENCE) tooLarge()
  message.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= LIMIT) chunks.push(chunk)
    else chunks.length = 0
    if (size > PATIENCE) tooLarge()
  })
  message.once('error', reject)
  message.once('end', () => (size > LIMIT ? tooLarge() : resolve(joined(chunks))))
  return promise
}

const joined = (chunks: readonly Buffer[]) =>
  chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)
