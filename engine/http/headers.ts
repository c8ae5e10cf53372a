import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { parseDuration } from '../../shared/duration.ts'
import { HOST_HEADERS } from '../../shared/host-signature.ts'
import { Invalid } from '../../shared/invalid.ts'
import { Secret } from '../../shared/secret.ts'
import { ApiError } from '../api/errors.ts'
import { parseAs } from '../api/invalid-as.ts'
import type { SignedBy } from '../api/request.ts'

const BEARER = 'Bearer '
const NONCE = /^[\x21-\x7e]{1,128}$/
const CORRELATION = /^[\x20-\x7e]{1,64}$/

/** Paths that exist only in the root namespace. */
const NO_NAMESPACE =
  /^sys\/(?:audit|audit-hash|config|generate-root|health|host-info|in-flight-req|init|key-status|leader|loggers|metrics|monitor|raw|rekey|rotate|seal|seal-status|step-down|storage|unseal)(?:\/|$)/

/** The token of a request. `X-Vault-Token` takes precedence over `Authorization`. */
export function tokenOf(headers: IncomingHttpHeaders): Secret | undefined {
  const own = headerOf(headers, 'x-vault-token')
  if (own) return new Secret(own)
  const { authorization = '' } = headers
  const bearer = authorization.startsWith(BEARER) ? authorization.slice(BEARER.length).trim() : ''
  return bearer ? new Secret(bearer) : undefined
}

/** The correlation id of a request; ignored unless short and printable. */
export function correlationOf(headers: IncomingHttpHeaders): string | undefined {
  const text = headerOf(headers, 'x-correlation-id')
  return text && CORRELATION.test(text) ? text : undefined
}

/** Seconds for which the reply is to be wrapped; undefined for zero. @throws {ApiError} */
export function wrapTtlOf(headers: IncomingHttpHeaders): number | undefined {
  const text = headerOf(headers, 'x-vault-wrap-ttl')
  if (!text) return undefined
  return parseAs('error parsing X-Vault-Wrap-TTL header: ', () => {
    if (text.startsWith('-')) throw new Invalid('requested wrap ttl cannot be negative')
    return parseDuration(text) || undefined
  })
}

/** Requires the header Host of HTTP 1.1. RFC 9112 §3.2. @throws {ApiError} */
export function checkHost({ httpVersion, headers }: IncomingMessage): void {
  if (httpVersion === '1.1' && headers.host === undefined) throw new ApiError('invalid')
}

/** Refuses every namespace but the root namespace. @throws {ApiError} */
export function checkNamespace(headers: IncomingHttpHeaders, path: string): void {
  const name = (namespaceOf(headers) ?? '').split('/').filter(Boolean).join('/')
  if (name === '' || name === 'root') return
  if (NO_NAMESPACE.test(path)) throw new ApiError('invalid', 'operation unavailable in namespaces')
  throw new ApiError('missing', 'namespace not found')
}

/** The namespace as it was sent; the response repeats it. */
export function namespaceOf(headers: IncomingHttpHeaders): string | undefined {
  return headerOf(headers, 'x-vault-namespace')
}

/** Which the answer is to be signed for; ignored unless short and printable. */
export function nonceOf(headers: IncomingHttpHeaders): string | undefined {
  const text = headerOf(headers, HOST_HEADERS.nonce)
  return text && NONCE.test(text) ? text : undefined
}

/** What a host says that has signed the request; undefined if it names none. */
export function signatureOf(
  headers: IncomingHttpHeaders,
): Omit<SignedBy, 'method' | 'bodyDigest'> | undefined {
  const text = (name: keyof typeof HOST_HEADERS) => headerOf(headers, HOST_HEADERS[name]) ?? ''
  if (text('host') === '' && text('signature') === '') return undefined
  return {
    host: text('host'),
    time: text('time'),
    nonce: text('nonce'),
    report: text('report'),
    signature: text('signature'),
  }
}

/** All values of a header, in order. */
export function valuesIn(message: IncomingMessage, name: string): readonly string[] | undefined {
  const { headersDistinct: all } = message
  return Object.hasOwn(all, name) ? all[name] : undefined
}

/** A header that Node joins to one string. */
function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' ? value : undefined
}
