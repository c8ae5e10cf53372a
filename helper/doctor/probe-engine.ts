import type { X509Certificate } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { request as plain } from 'node:http'
import { request as secure } from 'node:https'
import type { TLSSocket } from 'node:tls'
import type { Config, Engine } from '../config.ts'
import { Refusal } from '../refusal.ts'
import { trustOf } from '../tls-trust.ts'

/** Where a connection to an engine ends, in the order in which a login passes them. */
export const STAGES = ['trust-file', 'name', 'route', 'connection', 'tls', 'reply'] as const

/** What one engine shows to a client that need not trust it. Nothing secret is sent. */
export interface Probe {
  /** Where it failed; undefined if it has answered. */
  readonly failed?: {
    readonly stage: (typeof STAGES)[number]
    /** Of the system or of OpenSSL. */
    readonly code: string
    readonly message: string
  }
  readonly addresses: readonly string[]
  readonly certificate?: X509Certificate
  /** Why a login does not trust it: an error code, or a message. */
  readonly untrusted?: string
  readonly health?: Health
}

/** What `sys/health` says. */
export interface Health {
  readonly status: number
  /** Of the engine's clock, and of this host's when the answer came; milliseconds since 1970. */
  readonly time: number | undefined
  readonly here: number
  readonly version: string | undefined
  readonly sealed: boolean | undefined
  readonly initialized: boolean | undefined
}

/** Milliseconds for the connection, and for the whole. */
const [CONNECT_WITHIN, TIMEOUT] = [4000, 8000]

const LARGEST_REPLY = 64 * 1024

/** Goes the way of a login to an engine as far as it can, and says where it ended. */
export async function probeEngine(
  engine: Engine,
  config: Config,
  time: () => number,
): Promise<Probe> {
  let addresses: readonly string[] = []
  try {
    addresses = (await lookup(engine.host, { all: true })).map(({ address }) => address)
  } catch (error) {
    return { addresses, failed: failure('name', error) }
  }
  try {
    return { addresses, ...(await askHealth(engine, config, time)) }
  } catch (error) {
    const stage = error instanceof Refusal ? 'trust-file' : stageOf(error)
    return { addresses, failed: failure(stage, error) }
  }
}

const ROUTE = ['ENETUNREACH', 'EHOSTUNREACH', 'EACCES', 'EPERM', 'EINVAL', 'EADDRNOTAVAIL']

function stageOf(error: unknown): (typeof STAGES)[number] {
  const code = codeOf(error)
  if (ROUTE.includes(code)) return 'route'
  if (code === 'ECONNREFUSED' || code === 'ETIMEDOUT') return 'connection'
  return code === 'ENOREPLY' ? 'reply' : 'tls'
}

const failure = (stage: (typeof STAGES)[number], error: unknown) => ({
  stage,
  code: codeOf(error),
  message: (error as Error).message,
})

/** Of several addresses, the error of the first. */
function codeOf(error: unknown): string {
  const first = error instanceof AggregateError ? error.errors[0] : error
  return String((first as NodeJS.ErrnoException).code ?? '')
}

function askHealth(engine: Engine, config: Config, time: () => number): Promise<Partial<Probe>> {
  const { promise, resolve, reject } = Promise.withResolvers<Partial<Probe>>()
  const message = (engine.secure ? secure : plain)({
    ...{ host: engine.host, port: engine.port, method: 'GET', agent: false },
    path: engine.path.replace(/\/v1\/.*$/, '/v1/sys/health'),
    ...(config.namespace !== undefined && { headers: { 'X-Vault-Namespace': config.namespace } }),
    ...trustOf(config)(engine),
    // whether it is trusted is looked at afterwards
    rejectUnauthorized: false,
    signal: AbortSignal.timeout(TIMEOUT),
  })
  let seen: Partial<Probe> = {}
  let connected = false
  const failed = (code: string, text: string) =>
    message.destroy(Object.assign(new Error(text), { code }))
  const timer = setTimeout(
    () => connected || failed('ETIMEDOUT', 'no connection in time'),
    CONNECT_WITHIN,
  )
  message.on('socket', socket => {
    socket.once('connect', () => {
      connected = true
    })
    socket.once('secureConnect', () => {
      seen = identityOf(socket as TLSSocket)
    })
  })
  message.on('error', error => {
    clearTimeout(timer)
    reject(error.name === 'AbortError' ? noReply(connected) : error)
  })
  message.on('response', response => {
    clearTimeout(timer)
    const chunks: Buffer[] = []
    let size = 0
    response.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > LARGEST_REPLY) message.destroy(new Error('the answer is too large'))
      else chunks.push(chunk)
    })
    response.on('end', () => {
      const health = healthIn(response.statusCode ?? 0, Buffer.concat(chunks).toString(), time())
      resolve({ ...seen, health })
    })
    response.on('error', reject)
  })
  message.end()
  return promise
}

const noReply = (connected: boolean) =>
  Object.assign(new Error('no answer in time'), { code: connected ? 'ENOREPLY' : 'ETIMEDOUT' })

function identityOf(socket: TLSSocket): Partial<Probe> {
  const certificate = socket.getPeerX509Certificate()
  const untrusted = socket.authorized ? undefined : String(socket.authorizationError)
  return { ...(certificate && { certificate }), ...(untrusted !== undefined && { untrusted }) }
}

function healthIn(status: number, body: string, here: number): Health {
  const said = parsed(body)
  const flag = (name: string) => (typeof said[name] === 'boolean' ? said[name] : undefined)
  const { server_time_utc: seconds, version } = said
  return {
    ...{ status, here, sealed: flag('sealed'), initialized: flag('initialized') },
    // in whole seconds: the middle of the second
    time: typeof seconds === 'number' ? seconds * 1000 + 500 : undefined,
    version: typeof version === 'string' ? version.slice(0, 40) : undefined,
  }
}

function parsed(body: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(body))
  } catch {
    return {}
  }
}
