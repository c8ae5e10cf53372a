import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { parseAddress } from '../../shared/address.ts'
import { ApiError } from '../api/errors.ts'
import type { Operation, Request } from '../api/request.ts'
import { readBody } from './body.ts'
import { bodyData, checkPatch, queryData } from './data.ts'
import { checkNamespace, correlationOf, tokenOf, valuesIn, wrapTtlOf } from './headers.ts'
import { operationOf } from './operation.ts'
import type { Share } from './room.ts'
import { parseTarget } from './target.ts'

/**
 * Reads what an HTTP message asks for, its body included, which may take up a share of the room for bodies. Contract §1.1 and §1.2.
 * @throws {ApiError} if it asks for nothing that could be performed
 * @throws {Error} if the connection breaks
 */
export async function readRequest(message: IncomingMessage, share: Share): Promise<Request> {
  const { headers, socket, httpVersion, method = '', url = '' } = message
  if (httpVersion === '1.1' && headers.host === undefined) throw new ApiError('invalid')
  const { path, query } = parseTarget(url)
  const operation = operationOf(method, query)
  checkNamespace(headers, path)
  if (WRITES.includes(operation) && path.endsWith('/'))
    throw new ApiError('invalid', "cannot write to a path ending in '/'")
  const remote = socket.remoteAddress ?? ''
  return {
    id: randomUUID(),
    operation,
    path: pathFor(operation, path),
    token: tokenOf(headers),
    data: await dataOf(message, { operation, query, share }),
    client: { address: parseAddress(remote) ?? remote, port: socket.remotePort ?? 0 },
    correlation: correlationOf(headers),
    wrapTtl: wrapTtlOf(headers),
    headers: name => valuesIn(message, name),
    ifNoneMatch: headers['if-none-match'],
  }
}

const WRITES: readonly Operation[] = ['update', 'patch']

/**
 * What is listed is a folder, and is routed and authorised as one. All else has one spelling: by another, a request would get around
 * a policy that denies the path.
 */
function pathFor(operation: Operation, path: string): string {
  const bare = path.endsWith('/') ? path.slice(0, -1) : path
  return operation === 'list' ? `${bare}/` : bare
}

/** What comes with the request: in its body if it writes, in its query if it does not. */
async function dataOf(
  message: IncomingMessage,
  { operation, query, share }: { operation: Operation; query: URLSearchParams; share: Share },
): Promise<Request['data']> {
  if (operation === 'help') return {}
  if (!WRITES.includes(operation)) return queryData(query)
  const contentType = message.headers['content-type'] ?? ''
  if (operation === 'patch') checkPatch(contentType)
  return bodyData(await readBody(message, share), contentType)
}
