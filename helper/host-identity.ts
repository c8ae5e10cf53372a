import type { KeyObject } from 'node:crypto'
import { parsePrivateKey, signText } from '../shared/ed25519.ts'
import { bodyDigest, HOST_HEADERS, hostRequestText } from '../shared/host-signature.ts'
import { Invalid } from '../shared/invalid.ts'
import { readTrusted } from '../shared/trusted-file.ts'
import type { Config } from './config.ts'
import { Refusal } from './refusal.ts'

/** The name and the key that this host signs its requests with. */
export interface HostIdentity {
  readonly name: string
  readonly key: KeyObject
}

/**
 * The name and the key of this host; undefined if it is not enrolled.
 * @throws {Refusal} if the key cannot be read, or other users can read it
 */
export const hostIdentity = ({ host }: Pick<Config, 'host'>): HostIdentity | undefined =>
  host && requireIdentity(host)

/** The same of a host that is enrolled, or will be. @throws {Refusal} */
export function requireIdentity({ name, keyFile }: NonNullable<Config['host']>): HostIdentity {
  try {
    return { name, key: parseKey(keyFile, readTrusted(keyFile, SECRET)) }
  } catch (error) {
    throw error instanceof Invalid ? new Refusal('settings', `host_key: ${error.message}`) : error
  }
}

const SECRET = { secret: true } as const

function parseKey(file: string, text: string): KeyObject {
  try {
    return parsePrivateKey(text)
  } catch {
    // its message may quote the file
    throw new Invalid(`${file} is not an Ed25519 key in PEM, as "postern-helper enroll" makes it`)
  }
}

/** What a host signs of a request. */
interface Signed {
  readonly method: string
  /** Below the mount. */
  readonly path: string
  readonly nonce: string
  /** Empty if there is none. */
  readonly body?: string
  readonly report?: string
}

/** The headers by which the engine knows that this host has sent the request; none if it is not enrolled. */
export function signedHeaders(
  identity: HostIdentity | undefined,
  { method, path, nonce, body = '', report = '' }: Signed,
): Readonly<Record<string, string>> {
  if (!identity) return {}
  const { name: host, key } = identity
  const time = new Date().toISOString()
  const request = { host, time, nonce, report, method, path, bodyDigest: bodyDigest(body) }
  return {
    [HOST_HEADERS.host]: host,
    [HOST_HEADERS.time]: time,
    [HOST_HEADERS.nonce]: nonce,
    ...(report !== '' && { [HOST_HEADERS.report]: report }),
    [HOST_HEADERS.signature]: signText(key, hostRequestText(request)),
  }
}
