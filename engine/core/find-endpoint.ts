import type { Endpoint } from '../api/endpoint.ts'
import type { Engine } from '../api/engine.ts'
import type { Operation } from '../api/request.ts'

interface EndpointMatch {
  readonly endpoint: Endpoint
  readonly params: Readonly<Record<string, string>>
}

/**
 * The endpoint of an engine for a path below its mount. A LIST targets the path with a trailing slash; endpoints without a list operation
 * do not match it.
 */
export function findEndpoint(
  { endpoints }: Engine,
  { path, operation }: { readonly path: string; readonly operation: Operation | undefined },
): EndpointMatch | undefined {
  const lists = operation === 'list'
  const asked = lists && !path.endsWith('/') ? `${path}/` : path
  for (const endpoint of endpoints) {
    if (lists && !endpoint.operations.includes('list')) continue
    const params = endpoint.match(asked)
    if (params) return { endpoint, params }
  }
  return undefined
}
