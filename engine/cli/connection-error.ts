interface Attempt {
  readonly url: URL
  /** Milliseconds. */
  readonly deadline: number
  /** Where the request was sent on from. */
  readonly proxy: string | undefined
  /** What the library had to say. */
  readonly message: string
}

type Explanation = (attempt: Attempt) => readonly [what: string, advice: string]

/** No answer was had. The message says of whom, why, and what to do about it. */
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
  'Is the server running? "postern server -dev" starts one to try things on. If yours is elsewhere, set POSTERN_ADDR or VAULT_ADDR, or give -address.'

const BY_PROXY =
  'The proxy is the one that HTTPS_PROXY, HTTP_PROXY or VAULT_PROXY_ADDR names. NO_PROXY lists servers that are reached without it.'

const unknownName: Explanation = ({ url, proxy }) => [
  proxy ? 'the name of the proxy has no address' : `the name ${url.hostname} has no address`,
  ELSEWHERE,
]

const silent: Explanation = ({ deadline }) => [
  `nothing came within ${deadline / 1000}s`,
  `A firewall on the way may drop what is sent. ${ELSEWHERE} VAULT_CLIENT_TIMEOUT sets the time.`,
]

const brokenOff: Explanation = ({ url }) => [
  'the connection was broken off',
  url.protocol === 'http:'
    ? `If the server speaks TLS, set POSTERN_ADDR=https://${url.hostname}:${url.port || 80}.`
    : ELSEWHERE,
]

const noTls: Explanation = ({ url }) => [
  'the server does not speak TLS',
  `If it is one for trying things, set POSTERN_ADDR=http://${url.host}.`,
]

const otherName: Explanation = ({ message }) => [
  `its certificate is for another name: ${message}`,
  'Use a name that stands in the certificate, or give it with -tls-server-name.',
]

const untrusted: Explanation = () => [
  'its certificate comes from a CA that is not trusted here',
  'Name the file of the CA that made it in POSTERN_CACERT or VAULT_CACERT, or give -ca-cert.',
]

const refusedByProxy: Explanation = ({ message }) => {
  const [, status] = /^Proxy response \((\d+)\)/.exec(message) ?? []
  if (status === '407')
    return [
      'the proxy asks for a name and a password (407)',
      'Write them into its URL, as in http://name:password@proxy.example.com:3128.',
    ]
  return [status === undefined ? message : `the proxy refused with ${status}`, BY_PROXY]
}

/** By the codes of Node, OpenSSL and undici. */
const EXPLANATIONS: Readonly<Record<string, Explanation>> = {
  ECONNREFUSED: () => ['connection refused', ELSEWHERE],
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
    'Is the clock of this machine right? Else wait, or give the server another certificate.',
  ],
  CERT_HAS_EXPIRED: () => ['its certificate has expired', 'Renew it on the server.'],
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
}

/** The first error of a chain of causes that has a code: the outer ones only say that something failed. */
function reasonOf(error: unknown): { readonly code: string; readonly message: string } {
  if (!(error instanceof Error)) return { code: '', message: String(error) }
  const { message } = error
  if ('code' in error && typeof error.code === 'string')
    return { code: error.code, message: wordsOf(error.code, error) }
  if (error.name === 'TimeoutError') return { code: error.name, message }
  return error.cause === undefined ? { code: '', message } : reasonOf(error.cause)
}

/** OpenSSL's messages are full of numbers; their reason is what can be read. */
const wordsOf = (code: string, error: Error & { readonly reason?: unknown }) =>
  code.startsWith('ERR_SSL_') && typeof error.reason === 'string' ? error.reason : error.message
