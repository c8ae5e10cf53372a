import { generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'

/**
 * A provider of identities for pages that name one: https://id.example.com, where everybody is ann, and https://ci.example.com, where
 * /job gives the token of a job. Its words are the files of its key and certificate; it says "ready".
 */
const [keyFile = '', certFile = ''] = process.argv.slice(2)
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const nonces = new Map<string, string | undefined>()

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

function token(claims: object): string {
  const now = Math.floor(Date.now() / 1000)
  const body = `${part({ alg: 'ES256', kid: 'one' })}.${part({ iat: now, exp: now + 600, ...claims })}`
  const signature = sign('sha256', Buffer.from(body), {
    key: privateKey,
    dsaEncoding: 'ieee-p1363',
  })
  return `${body}.${signature.toString('base64url')}`
}

type Answer = (iss: string, query: URLSearchParams) => object | string | URL

const ANSWERS: Readonly<Record<string, Answer>> = {
  '/.well-known/openid-configuration': issuer => ({
    issuer,
    jwks_uri: `${issuer}/jwks`,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    device_authorization_endpoint: `${issuer}/device/auth`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
  }),
  '/jwks': () => ({
    keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'ES256', use: 'sig' }],
  }),
  '/authorize': (_, query) => {
    const code = randomUUID()
    nonces.set(code, query.get('nonce') ?? '')
    const back = new URL(query.get('redirect_uri') ?? '')
    back.search = `${new URLSearchParams({ code, state: query.get('state') ?? '' })}`
    return back
  },
  '/device/auth': iss => {
    const device_code = randomUUID()
    const verification_uri_complete = `${iss}/device?user_code=${device_code}`
    return { device_code, verification_uri_complete, expires_in: 600, interval: 1 }
  },
  '/device': (_, query) => {
    nonces.set(query.get('user_code') ?? '', undefined)
    return 'confirmed'
  },
  '/token': (iss, query) => {
    const device = query.get('device_code')
    if (device !== null && !nonces.has(device)) return { error: 'authorization_pending' }
    const nonce = nonces.get(query.get('code') ?? '')
    const id_token = token({ iss, aud: 'postern', sub: 'ann', groups: ['ops'], nonce })
    return { access_token: randomUUID(), token_type: 'Bearer', expires_in: 600, id_token }
  },
  '/job': iss =>
    token({ iss, aud: 'postern', sub: 'job', repository: 'example/site', ref: 'refs/heads/main' }),
}

const server = createServer(
  { key: readFileSync(keyFile), cert: readFileSync(certFile) },
  async (request, to) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { host, pathname, searchParams } = new URL(
      request.url ?? '',
      `https://${request.headers.host}`,
    )
    const query = request.method === 'POST' ? new URLSearchParams(body) : searchParams
    const answer = ANSWERS[pathname]?.(`https://${host}`, query)
    if (answer instanceof URL) to.writeHead(302, { location: answer.href }).end()
    else if (typeof answer === 'string') to.end(answer)
    else
      to.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' }).end(
        JSON.stringify(answer ?? {}),
      )
  },
)
server.listen(443, '0.0.0.0', () => console.log('ready'))
