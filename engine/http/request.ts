import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { bodyDigest } from '../../shared/host-signature.ts'
import { ApiError } from '../api/errors.ts'
import type { Incoming, Operation, Request } from '../api/request.ts'
import { type BodyReading, readBody } from './body.ts'
import type { BodyShare } from './body-budget.ts'
import { clientOf, type ForwardedFor } from './client.ts'
import { bodyData, checkPatch, queryData } from './data.ts'
import {
  checkHost,
  checkNamespace,
  correlationOf,
  nonceOf,
  signatureOf,
  tokenOf,
  valuesIn,
  wrapTtlOf,
} from './headers.ts'
import { operationOf } from './operation.ts'
import type { Peer } from './proxy-protocol.ts'
import { parseTarget } from './target.ts'

/**
 * Parses the head of a request. The body is read later, within the budget for bodies. Contract §1.1 and §1.2.
 * @throws {ApiError} if the request is malformed
 */
export function readHead(
  message: IncomingMessage,
  { share, bodyTimeout, onWhole, ...origin }: HeadContext,
): Incoming {
  const { headers, method = '', url = '' } = message
  checkHost(message)
  const { path, query } = parseTarget(url)
  const operation = operationOf(method, query)
  checkNamespace(headers, path)
  if (WRITES.includes(operation) && path.endsWith('/'))
    throw new ApiError('invalid', "cannot write to a path ending in '/'")
  const head = {
    id: randomUUID(),
    operation,
    path: pathFor(operation, path),
    token: tokenOf(headers),
    client: clientOf(message, path, origin),
    correlation: correlationOf(headers),
    wrapTtl: wrapTtlOf(headers),
    headers: (name: string) => valuesIn(message, name),
    ifNoneMatch: headers['if-none-match'],
    nonce: nonceOf(headers),
    isHeard: () => message.socket.writable,
  }
  return {
    ...head,
    async read(isKnown) {
      const signed = signatureOf(headers)
      const means = { share, bodyTimeout, isKnown }
      const { data, body } = await contentOf(message, { operation, query, means })
      onWhole()
      return {
        ...head,
        data,
        ...(signed && { signedBy: { ...signed, method, bodyDigest: bodyDigest(body) } }),
      }
    },
  }
}

interface HeadContext {
  readonly share: BodyShare
  /** Milliseconds in which a body without a valid token must arrive. */
  readonly bodyTimeout: number
  /** Called when the whole request has arrived. */
  readonly onWhole: () => void
  /** Where the connection comes from. */
  readonly peer: Peer
  readonly forwarded: ForwardedFor | undefined
}

const NONE = new Uint8Array()

const WRITES: readonly Operation[] = ['update', 'patch']

/**
 * A LIST targets the path with a trailing slash, and is routed and authorized with it. All other operations drop the slash, which
 * could otherwise bypass a policy that denies the path.
 */
function pathFor(operation: Operation, path: string): string {
  const bare = path.endsWith('/') ? path.slice(0, -1) : path
  return operation === 'list' ? `${bare}/` : bare
}

/** The data of a request, from its body for writes and from its query otherwise. And the bytes of the body. */
async function contentOf(
  message: IncomingMessage,
  { operation, query, means }: { operation: Operation; query: URLSearchParams; means: BodyReading },
): Promise<Pick<Request, 'data'> & { readonly body: Uint8Array }> {
  if (operation === 'help') return { data: {}, body: NONE }
  if (!WRITES.includes(operation)) return { data: queryData(query), body: NONE }
  const contentType = message.headers['content-type'] ?? ''
  if (operation === 'patch') checkPatch(contentType)
  const body = await readBody(message, means)
  return { data: bodyData(body, contentType), body }
}
