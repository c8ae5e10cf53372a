import { hash } from 'node:crypto'
import { signedText } from './signed-text.ts'

/** The headers of a request that a host has signed. Servers that do not know them ignore them. */
export const HOST_HEADERS = {
  host: 'x-postern-host',
  time: 'x-postern-time',
  nonce: 'x-postern-nonce',
  report: 'x-postern-report',
  signature: 'x-postern-signature',
} as const

/** What a host signs of a request. docs/decisions/0029-hosts.md */
export interface HostRequest {
  /** The name of the host, in lower case. */
  readonly host: string
  /** By the clock of the host: RFC 3339, in UTC. */
  readonly time: string
  readonly nonce: string
  /** What the host tells about itself, as JSON; empty during a login. */
  readonly report: string
  /** Of HTTP. */
  readonly method: string
  /** Below the mount, since a load balancer may add or remove what is before it. */
  readonly path: string
  /** {@link bodyDigest} */
  readonly bodyDigest: string
}

export const hostRequestText = (request: HostRequest): Buffer =>
  signedText('postern-host-request-v1', [
    request.host,
    request.time,
    request.nonce,
    request.report,
    request.method,
    request.path,
    request.bodyDigest,
  ])

/** SHA-256 of the bytes of a body, in hexadecimal. */
export const bodyDigest = (body: string | Uint8Array): string => hash('sha256', body, 'hex')

/** What a host that enrols signs with its new key, to prove that it has it. */
export interface EnrollRequest {
  readonly token: string
  readonly name: string
  /** As `parsePublicKey` of ed25519.ts reads it. */
  readonly publicKey: string
  readonly nonce: string
}

export const enrollText = ({ token, name, publicKey, nonce }: EnrollRequest): Buffer =>
  signedText('postern-host-enroll-v1', [bodyDigest(token), name, publicKey, nonce])

/**
 * What the engine signs when it has enrolled a host.
 * @param keySet the bytes that each key of the mount has signed: `keySetText`
 */
export const enrolledText = (
  { name, publicKey, nonce, replaces }: Enrolled,
  keySet: Buffer,
): Buffer =>
  signedText('postern-host-enrolled-v1', [
    ...[name, publicKey, nonce, bodyDigest(keySet)],
    ...(replaces ? [replaces.public_key, replaces.enrolled_time, replaces.enrolled_from] : []),
  ])

export interface Enrolled extends Omit<EnrollRequest, 'token'> {
  readonly replaces?: ReplacedHost | undefined
}

/** Who had the name before, as the reply shows it. */
export interface ReplacedHost {
  readonly public_key: string
  /** RFC 3339, in UTC. */
  readonly enrolled_time: string
  /** Client address. */
  readonly enrolled_from: string
}

/** A name of a host, in lower case. */
export const HOST_NAME = /^[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?$/
