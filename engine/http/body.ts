import type { IncomingMessage } from 'node:http'
import { ApiError } from '../api/errors.ts'
import type { Share } from './room.ts'

/** Bytes that a body may have. */
const LIMIT = 32 * 1024 * 1024
/** Bytes that are read, and dropped, of a body that is too large: its sender hears of it only once it has sent all of it. */
const PATIENCE = 2 * LIMIT
/** Bytes of every body for which there is always room, so that large ones cannot keep out what a login needs. */
const SMALL = 64 * 1024

/**
 * All of a request's body, in the room it has a share of.
 * @throws {ApiError} too large, busy
 * @throws {Error} if the connection breaks before the end
 */
export function readBody(message: IncomingMessage, share: Share): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const chunks: Buffer[] = []
  let size = 0
  const refuse = (error: ApiError) => {
    message.off('data', receive)
    chunks.length = 0
    reject(error)
  }
  const receive = (chunk: Buffer) => {
    size += chunk.length
    if (size > PATIENCE) refuse(tooLarge())
    else if (size > LIMIT) chunks.length = 0
    else if (size > SMALL && !share.take(chunk.length)) refuse(busy())
    else chunks.push(chunk)
  }
  message.on('data', receive)
  message.once('error', reject)
  message.once('end', () => (size > LIMIT ? refuse(tooLarge()) : resolve(joined(chunks))))
  if (Number(message.headers['content-length'] ?? 0) > PATIENCE) refuse(tooLarge())
  return promise
}

const tooLarge = () => new ApiError('too large', 'http: request body too large')
const busy = () => new ApiError('busy', 'too many large requests at once')

const joined = (chunks: readonly Buffer[]) =>
  chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)
