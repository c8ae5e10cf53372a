import { X509Certificate } from 'node:crypto'
import { certificateFingerprint } from '../../../shared/certificate-fingerprint.ts'
import type { Client } from '../client.ts'
import type { JsonObject } from '../envelope.ts'

/** When the server's certificate expires, and the fingerprint of the first CA that it publishes; nothing without TLS. */
export async function tlsFacts(client: Client): Promise<JsonObject> {
  if (!client.address.startsWith('https:')) return {}
  // the path is public, and other servers than Postern answer a token with 403
  const pem = await client
    .withoutToken()
    .readText('sys/tls-ca')
    .catch(() => undefined)
  const expiry = client.certificateExpiry
  if (expiry === undefined) return {}
  const fingerprint = fingerprintIn(pem ?? '')
  return {
    certificate_expiry: expiry.toISOString(),
    ...(fingerprint !== undefined && { ca_fingerprint: fingerprint }),
  }
}

function fingerprintIn(pem: string): string | undefined {
  try {
    return certificateFingerprint(new X509Certificate(pem))
  } catch {
    // another server than Postern, which has something else there
    return undefined
  }
}
