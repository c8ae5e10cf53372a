/** No answer was had. The message says of whom, why, and what to do about it. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError'

  constructor(url: URL, deadline: number, cause: unknown) {
    const { code, message } = reasonOf(cause)
    const [what, advice] = explain(code, url, deadline) ?? [message, undefined]
    super(`no answer from ${url.origin}: ${what}${advice ? `\n\n${advice}` : ''}`, { cause })
  }
}

const ELSEWHERE =
  'Is the server running? "postern server -dev" starts one to try things on. If yours is elsewhere, set POSTERN_ADDR or VAULT_ADDR, or give -address.'

const UNTRUSTED =
  'Name the file of the CA that made it in POSTERN_CACERT or VAULT_CACERT, or give -ca-cert.'

function explain(
  code: string,
  { protocol, hostname, port, host }: URL,
  deadline: number,
): readonly [what: string, advice: string] | undefined {
  if (code === 'ECONNREFUSED') return ['connection refused', ELSEWHERE]
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return [`the name ${hostname} has no address`, ELSEWHERE]
  if (code === 'TimeoutError' || code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT')
    return [
      `nothing came within ${deadline / 1000}s`,
      `${ELSEWHERE} VAULT_CLIENT_TIMEOUT sets the time.`,
    ]
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG')
    return [
      'the server does not speak TLS',
      `If it is one for trying things, set POSTERN_ADDR=http://${host}.`,
    ]
  if (
    protocol === 'http:' &&
    (code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code.startsWith('HPE_'))
  )
    return [
      'the connection was broken off',
      `If the server speaks TLS, set POSTERN_ADDR=https://${hostname}:${port || 80}.`,
    ]
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return [
      `its certificate is not for ${hostname}`,
      'Use the name that stands in the certificate, or give that name with -tls-server-name.',
    ]
  if (code === 'CERT_HAS_EXPIRED') return ['its certificate has expired', 'Renew it on the server.']
  if (UNTRUSTED_CODES.has(code))
    return ['its certificate comes from a CA that is not trusted here', UNTRUSTED]
  return undefined
}

const UNTRUSTED_CODES: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

/** The first error of a chain of causes that has a code: the outer ones only say that something failed. */
function reasonOf(error: unknown): { readonly code: string; readonly message: string } {
  if (!(error instanceof Error)) return { code: '', message: String(error) }
  const inner = error instanceof AggregateError ? error.errors[0] : error.cause
  if ('code' in error && typeof error.code === 'string')
    return { code: error.code, message: error.message }
  if (error.name === 'TimeoutError') return { code: error.name, message: error.message }
  return inner === undefined ? { code: '', message: error.message } : reasonOf(inner)
}
