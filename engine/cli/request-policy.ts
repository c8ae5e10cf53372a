import type { HttpRequest } from './http-request.ts'

/** A policy that allows the request. */
export function policyFor(
  { method }: Pick<HttpRequest, 'method'>,
  { pathname, searchParams }: URL,
): string {
  const path = decodeURIComponent(pathname.split('/v1/').slice(1).join('/v1/'))
  const operation = searchParams.get('list') === 'true' ? 'LIST' : method
  const capabilities = [...(CAPABILITIES[operation] ?? []), ...(takesSudo(path) ? ['sudo'] : [])]
  const list = capabilities.map(each => JSON.stringify(each)).join(', ')
  return `path ${JSON.stringify(path)} {\n  capabilities = [${list}]\n}`
}

const CAPABILITIES: Readonly<Record<string, readonly string[]>> = {
  GET: ['read'],
  LIST: ['list'],
  POST: ['create', 'update'],
  PUT: ['create', 'update'],
  PATCH: ['patch'],
  DELETE: ['delete'],
}

const takesSudo = (path: string): boolean => SUDO.some(pattern => pattern.test(path))

/** Paths of the API that require sudo. A test holds them to what the endpoints declare. */
const SUDO: readonly RegExp[] = [
  /^auth\/token\/(?:accessors|revoke-(?:entity|orphan))$/,
  /^sys\/audit(?:-search\/.+|\/.+)?$/,
  /^sys\/auth\/.+$/,
  /^sys\/config\/(?:auditing\/request-headers(?:\/.+)?|cors)$/,
  /^sys\/generate-root-token\/(?:attempt|update)$/,
  /^sys\/leases(?:\/(?:lookup|revoke-force|revoke-prefix)\/.+)?$/,
  /^sys\/revoke-(?:force|prefix)\/.+$/,
  /^sys\/(?:remount|rotate|rotate\/keyring|rotate\/root|seal|step-down)$/,
]
