import { createHash, timingSafeEqual, X509Certificate } from 'node:crypto'
import { request } from 'node:https'
import { Invalid } from '../../shared/invalid.ts'
import { parsePin } from '../../shared/tls.ts'
import { Refusal } from '../refusal.ts'

/** Milliseconds for the answer, and bytes of it at the most. */
const [TIMEOUT, LARGEST] = [15_000, 1024 * 1024]

/**
 * Parses the fingerprint of a certificate: SHA-256 of its DER, in base64 as ssh-keygen prints fingerprints, or in hexadecimal, with or
 * without colons.
 * @throws {Refusal}
 */
export function parseFingerprint(text: string): Buffer {
  const bare = text.replace(/^SHA-?256:/i, '')
  try {
    if (!bare.startsWith('sha256/')) return parsePin(bare)
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
  }
  throw new Refusal(
    'usage',
    `-ca-fingerprint: "${text}" is not SHA256: and 43 characters of base64 or 64 of hexadecimal, as "postern operator setup" prints it`,
  )
}

/** The fingerprint of a certificate, as {@link parseFingerprint} reads it. */
export const fingerprintOf = ({ raw }: X509Certificate): string =>
  `SHA256:${createHash('sha256').update(raw).digest('base64').replace(/=+$/, '')}`

/**
 * Fetches the CA of an engine whose certificate cannot be verified yet. Nothing is sent but the request for it, and nothing of the answer
 * is used but the one certificate that has the fingerprint.
 * @param engine its address, as in vault_addr
 * @returns PEM
 * @throws {Refusal} if it has none with that fingerprint
 */
export async function fetchCa(engine: string, fingerprint: Buffer): Promise<string> {
  const url = URL.parse(`${engine.replace(/\/+$/, '')}/v1/sys/tls-ca`)
  if (url?.protocol !== 'https:')
    throw new Refusal(
      'usage',
      `-engine=${engine} is not a URL such as https://engine.example.com:8200, which -ca-fingerprint needs`,
    )
  return certificateIn(await get(url), fingerprint)
}

/** The certificate with this fingerprint, as PEM. @throws {Refusal} if there is none, with the fingerprints that there are */
export function certificateIn(body: string, fingerprint: Buffer): string {
  const found = (body.match(PEM) ?? []).flatMap(pem => {
    try {
      return [new X509Certificate(pem)]
    } catch {
      return []
    }
  })
  const wanted = found.find(({ raw }) =>
    timingSafeEqual(createHash('sha256').update(raw).digest(), fingerprint),
  )
  if (wanted) return wanted.toString()
  throw new Refusal(
    'protocol',
    found.length === 0
      ? 'the engine did not answer with the certificate of a CA: is tls_ca_file set in its configuration?'
      : `the CA that the engine presents has the fingerprint ${found.map(fingerprintOf).join(', ')}, not that of -ca-fingerprint: somebody may be answering in its place, or the fingerprint is of another engine`,
  )
}

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

function get(url: URL): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const failed = (why: string) => reject(new Refusal('unavailable', `${url.origin}: ${why}`))
  // the fingerprint authenticates the answer
  const asked = request(url, {
    rejectUnauthorized: false,
    signal: AbortSignal.timeout(TIMEOUT),
    agent: false,
  })
  asked.on('error', error =>
    failed(error.name === 'TimeoutError' ? 'no answer in time' : error.message),
  )
  asked.on('response', response => {
    let text = ''
    response.setEncoding('latin1')
    response.on('data', (part: string) => {
      text += part
      if (text.length > LARGEST) asked.destroy(new Error('the answer is too long'))
    })
    response.on('error', error => failed(error.message))
    response.on('end', () =>
      response.statusCode === 200
        ? resolve(text)
        : failed(
            `status ${response.statusCode} for /v1/sys/tls-ca: is tls_ca_file set in its configuration?`,
          ),
    )
  })
  asked.end()
  return promise
}
