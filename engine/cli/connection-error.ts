interface Attempt {
  readonly url: URL
  /** Milliseconds. */
  readonly deadline: number
  /** The proxy that was used. */
  readonly proxy: string | undefined
  /** Message of the HTTP library. */
  readonly message: string
}

type Explanation = (attempt: Attempt) => readonly [what: string, advice: string]

/** The server did not answer. The message says which server, why, and what to do. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError'

  constructor(attempt: Omit<Attempt, 'message'>, cause: unknown) {
    const { url, proxy } = attempt
    const { code, message } = reasonOf(cause)
    const [what, known] = EXPLANATIONS[code]?.({ ...attempt, message }) ?? [message, undefined]
    const advice = proxy && (!known || known.includes(ELSEWHERE)) ? BY_PROXY : known
    const by = proxy ? ` by way of the proxy ${proxy}` : ''
    super(`no answer from ${url.origin}${by}: ${what}${advice ? `\n\n${advice}` : ''}`, { cause })
  }
}

const ELSEWHERE =
  'Is the server running? "postern server -dev" starts one for experiments. To use another server, set POSTERN_ADDR, VAULT_ADDR or -address.'

const BY_PROXY =
  'The proxy is set in HTTPS_PROXY, HTTP_PROXY or VAULT_PROXY_ADDR. NO_PROXY lists servers that are reached without it.'

const unknownName: Explanation = ({ url, proxy }) => [
  proxy ? 'the name of the proxy has no address' : `the name ${url.hostname} has no address`,
  ELSEWHERE,
]

const silent: Explanation = ({ deadline }) => [
  `nothing came within ${deadline / 1000}s`,
  `A firewall may drop the packets. ${ELSEWHERE} VAULT_CLIENT_TIMEOUT sets the timeout.`,
]

const brokenOff: Explanation = ({ url }) => [
  'the connection was closed',
  url.protocol === 'http:'
    ? `If the server speaks TLS, set POSTERN_ADDR=https://${url.hostname}:${url.port || 80}.`
    : ELSEWHERE,
]

const noTls: Explanation = ({ url }) => [
  'the server does not speak TLS',
  `For a server without TLS, such as "postern server -dev", set POSTERN_ADDR=http://${url.host}.`,
]

const otherName: Explanation = ({ message }) => [
  `its certificate is for another name: ${message}`,
  'Use a name in the certificate, or set it with -tls-server-name.',
]

const untrusted: Explanation = () => [
  'its certificate is signed by a CA that is not trusted here',
  'Set POSTERN_CACERT, VAULT_CACERT or -ca-cert to the certificate of that CA.',
]

const refusedByProxy: Explanation = ({ message }) => {
  const [, status] = /^Proxy response \((\d+)\)/.exec(message) ?? []
  if (status === '407')
    return [
      'the proxy requires a user name and a password (407)',
      'Set them in its URL, as in http://name:password@proxy.example.com:3128.',
    ]
  return [status === undefined ? message : `the proxy refused with ${status}`, BY_PROXY]
}

/** By error codes of Node, OpenSSL and undici. */
const EXPLANATIONS: Readonly<Record<string, Explanation>> = {
  ECONNREFUSED: () => ['connection refused', ELSEWHERE],
  EHOSTUNREACH: () => ['no route to the host', ELSEWHERE],
  ENETUNREACH: () => ['no route to its network', ELSEWHERE],
  ENOTFOUND: unknownName,
  EAI_AGAIN: unknownName,
  ETIMEDOUT: silent,
  TimeoutError: silent,
  UND_ERR_CONNECT_TIMEOUT: silent,
  ECONNRESET: brokenOff,
  UND_ERR_SOCKET: brokenOff,
  HPE_INVALID_CONSTANT: brokenOff,
  UND_ERR_ABORTED: refusedByProxy,
  ERR_SSL_WRONG_VERSION_NUMBER: noTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: noTls,
  ERR_TLS_CERT_ALTNAME_INVALID: otherName,
  CERT_NOT_YET_VALID: () => [
    'its certificate is not valid yet',
    'Is the clock of this machine correct? If it is, the server needs another certificate.',
  ],
  CERT_HAS_EXPIRED: () => ['its certificate has expired', 'Renew it on the server.'],
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
}

/** The outermost error with a code; those around it only say that something failed. */
function reasonOf(error: unknown): { readonly code: string; readonly message: string } {
  if (!(error instanceof Error)) return { code: '', message: String(error) }
  const { message } = error
  if ('code' in error && typeof error.code === 'string')
    return { code: error.code, message: wordsOf(error.code, error) }
  if (error.name === 'TimeoutError') return { code: error.name, message }
  return error.cause === undefined ? { code: '', message } : reasonOf(error.cause)
}

/** The readable part of an error: OpenSSL puts it in `reason`. */
const wordsOf = (code: string, error: Error & { readonly reason?: unknown }) =>
  code.startsWith('ERR_SSL_') && typeof error.reason === 'string' ? error.reason : error.message
