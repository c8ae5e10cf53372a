import { randomUUID } from 'node:crypto'
import { type IncomingMessage, request as plain } from 'node:http'
import { request as secure } from 'node:https'
import { HOST_HEADERS } from '../../shared/host-signature.ts'
import { LIST_HEADERS } from '../../shared/list-signature.ts'
import type { Config, Engine } from '../config.ts'
import { type HostIdentity, hostIdentity, signedHeaders } from '../host-identity.ts'
import { Refusal } from '../refusal.ts'
import { trustOf } from '../tls-trust.ts'

export interface EngineRequest {
  readonly method: 'GET' | 'PUT'
  /** Relative to the mount; relative to /v1 if it begins with `/`. */
  readonly path: string
  readonly token?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: object
  /** Sent with the request, for the engine or the host to sign; random if left out. */
  readonly nonce?: string
  /** What this host tells about itself. With it, a host that is enrolled signs the request. */
  readonly report?: string
}

export interface EngineReply {
  readonly status: number
  readonly etag: string | undefined
  /** By which a list is signed: see `LIST_HEADERS`. */
  readonly signature: { readonly keyId: string; readonly text: string } | undefined
  readonly body: Buffer
}

/** Milliseconds for the whole reply, and for a pause in it. */
const [TOTAL_TIMEOUT, IDLE_TIMEOUT] = [120_000, 10_000]

/** Bytes of a reply at the most: a KRL of millions of certificates fits. */
const LARGEST_REPLY = 64 * 1024 * 1024

/**
 * Asks the engines in their order until one answers that is not sealed; they are authenticated as for a login. For commands, which may take longer than a
 * login and may have large replies.
 * @throws {Refusal} if none can be reached
 */
export async function askEngine(config: Config, asked: EngineRequest): Promise<EngineReply> {
  const failures: string[] = []
  const identity = asked.report === undefined ? undefined : hostIdentity(config)
  for (const engine of config.engines) {
    try {
      const reply = await askOne(engine, config, { ...asked, identity })
      if (!isSealed(reply)) return reply
      failures.push(`${engine.name}: it is sealed`)
    } catch (error) {
      if (error instanceof Refusal) throw error
      failures.push(`${engine.name}: ${(error as Error).message}`)
    }
  }
  throw new Refusal('unavailable', failures.join('; '))
}

/** @throws {Refusal} with the errors of the reply, unless its status is one of `expected` */
export function requireStatus(reply: EngineReply, expected: readonly number[], what: string): void {
  if (expected.includes(reply.status)) return
  const end = reply.status === 429 || reply.status >= 500 ? 'unavailable' : 'protocol'
  throw new Refusal(end, `${what}: status ${reply.status}: ${errorsIn(reply.body)}`)
}

/** The engine has done nothing then, and another one may be open. */
const isSealed = ({ status, body }: EngineReply) =>
  status === 503 && errorsIn(body).includes('Vault is sealed')

/**
 * The member `key` of an object in a reply; undefined if either is absent.
 * @throws {Refusal} if the reply is not JSON
 */
export function memberOf({ body }: EngineReply, object: string, key: string): unknown {
  const found = (value: unknown, name: string): unknown =>
    typeof value === 'object' && value !== null && Object.hasOwn(value, name)
      ? (value as Readonly<Record<string, unknown>>)[name]
      : undefined
  try {
    return found(found(JSON.parse(body.toString()), object), key)
  } catch (error) {
    throw new Refusal('protocol', 'the answer is not JSON', { cause: error })
  }
}

function errorsIn(body: Buffer): string {
  try {
    const { errors } = JSON.parse(body.toString()) as { errors?: unknown }
    return Array.isArray(errors) ? errors.map(String).join('; ') : 'no reason given'
  } catch {
    return 'the answer is not one of this API'
  }
}

function signatureIn({ headers }: IncomingMessage): EngineReply['signature'] {
  const [keyId, text] = [headers[LIST_HEADERS.keyId], headers[LIST_HEADERS.signature]]
  return typeof keyId === 'string' && typeof text === 'string' ? { keyId, text } : undefined
}

function askOne(
  engine: Engine,
  config: Config,
  { identity, ...asked }: EngineRequest & { readonly identity: HostIdentity | undefined },
): Promise<EngineReply> {
  const { promise, resolve, reject } = Promise.withResolvers<EngineReply>()
  const body = asked.body === undefined ? undefined : JSON.stringify(asked.body)
  const { nonce = randomUUID() } = asked
  const below = engine.path.replace(/\/verify$/, '')
  const path = asked.path.startsWith('/')
    ? engine.path.replace(/\/v1\/.*$/, `/v1${asked.path}`)
    : `${below}/${asked.path}`
  const message = (engine.secure ? secure : plain)({
    host: engine.host,
    port: engine.port,
    method: asked.method,
    path,
    headers: {
      'X-Vault-Request': 'true',
      ...(asked.token !== undefined && { 'X-Vault-Token': asked.token }),
      ...(config.namespace !== undefined && { 'X-Vault-Namespace': config.namespace }),
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      [HOST_HEADERS.nonce]: nonce,
      ...asked.headers,
      ...signedHeaders(identity, { ...asked, body: body ?? '', nonce }),
    },
    signal: AbortSignal.timeout(TOTAL_TIMEOUT),
    timeout: IDLE_TIMEOUT,
    ...trustOf(config)(engine),
  })
  message.on('error', reject)
  message.on('timeout', () => message.destroy(new Error('no answer in time')))
  message.on('response', response => {
    const chunks: Buffer[] = []
    let size = 0
    response.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > LARGEST_REPLY) message.destroy(new Error('the answer is larger than 64 MiB'))
      else chunks.push(chunk)
    })
    response.on('error', reject)
    response.on('end', () => {
      if (!response.complete) return reject(new Error('the answer was cut short'))
      const { etag } = response.headers
      const signature = signatureIn(response)
      const status = response.statusCode ?? 0
      resolve({ status, etag, signature, body: Buffer.concat(chunks) })
    })
  })
  message.end(body)
  return promise
}
