import type { ConnectionOptions } from 'node:tls'
import { Invalid } from '../shared/invalid.ts'
import {
  readRefusal,
  readVerifyReply,
  type VerifyRefusal,
  type VerifyReply,
  type VerifyRequest,
} from '../shared/verification.ts'
import { requireSigned, type SignatureRules } from './check-signature.ts'
import { sinceStart } from './clock.ts'
import type { Config, Engine } from './config.ts'
import { exchange, type HttpRequest, PasswordUnused } from './exchange.ts'
import { type HostIdentity, signedHeaders } from './host-identity.ts'
import type { HttpReply } from './http-reply.ts'
import { Refusal } from './refusal.ts'
import { bodyOf } from './sealed-request.ts'

export interface AskOptions {
  readonly request: VerifyRequest
  /** Sent to the engine, so that its log and ours can be matched. */
  readonly correlation: string
  /** The deadline, in milliseconds since the program was started. */
  readonly until: number
  readonly tls: (engine: Engine) => ConnectionOptions | undefined
  readonly signed: SignatureRules
  /** Signs the request. */
  readonly identity: HostIdentity | undefined
}

/** The reply, and the engine that sent it. */
export interface VerifyResult {
  readonly engine: Engine
  readonly answer: VerifyReply
  /** Why the engines before it were skipped. */
  readonly failures: readonly string[]
}

/** Milliseconds for a connection while other engines are left: enough to send a lost packet again. */
const CONNECT_TIMEOUT = 3000

/**
 * Asks the engines in their order until one answers. The next one is asked only if this one cannot have redeemed the password:
 * it was not reached, or it is sealed.
 * @throws {Refusal}
 */
export async function ask(config: Config, options: AskOptions): Promise<VerifyResult> {
  const failures: string[] = []
  for (const [index, engine] of config.engines.entries()) {
    const left = options.until - sinceStart()
    if (left <= 0) break
    const others = config.engines.length - index - 1
    const connectWithin = others === 0 ? left : Math.min(CONNECT_TIMEOUT, left / (others + 1))
    try {
      const answer = await askOne(engine, config, options, connectWithin)
      return { engine, answer, failures }
    } catch (error) {
      if (!(error instanceof PasswordUnused)) throw within(engine, error)
      failures.push(`${engine.name}: ${error.message}`)
    }
  }
  throw new Refusal('unavailable', failures.join('; '))
}

/**
 * Asks one engine.
 * @throws {PasswordUnused} if it cannot have redeemed the password
 * @throws {Refusal}
 */
export async function askOne(
  engine: Engine,
  { namespace }: Config,
  { request, correlation, until, tls, signed, identity }: AskOptions,
  connectWithin: number,
): Promise<VerifyReply> {
  const { nonce = '' } = request
  const written = (): HttpRequest => {
    const body = bodyOf(request, signed)
    const headers = {
      'X-Vault-Request': 'true',
      'X-Correlation-Id': correlation,
      ...(namespace !== undefined && { 'X-Vault-Namespace': namespace }),
      ...signedHeaders(identity, { method: 'PUT', path: 'verify', nonce, body }),
    }
    return { headers, body }
  }
  const reply = await exchange({
    ...{ engine, tls: tls(engine), request: written },
    connectWithin,
    replyWithin: until - sinceStart(),
  })
  if (reply.status !== 200)
    throw refusalOf(reply.status, readRefusal(reply.body), { request, signed })
  const answer = answerOf(reply)
  // Vault returns no nonce
  if (answer.nonce !== undefined && answer.nonce !== request.nonce)
    throw new Refusal('protocol', 'the answer is to another question')
  requireSigned(answer, request, signed)
  return answer
}

function answerOf({ contentType, body }: HttpReply): VerifyReply {
  if (contentType !== 'application/json')
    throw new Refusal('protocol', `the reply is ${contentType || 'of no known type'}, not JSON`)
  try {
    return readVerifyReply(body)
  } catch (error) {
    throw error instanceof Invalid ? new Refusal('protocol', error.message) : error
  }
}

function refusalOf(
  status: number,
  refusal: VerifyRefusal,
  { request, signed }: Pick<AskOptions, 'request' | 'signed'>,
): Error {
  const { errors } = refusal
  const words = errors.map(text => text.trim()).join('; ')
  // a sealed engine looks at nothing, so the password is still valid
  if (status === 503 && errors.includes('Vault is sealed'))
    return new PasswordUnused('it is sealed')
  if (status === 400 && words !== '') return deniedBy(refusal, words, { request, signed })
  // Vault's answer for a path that does not exist, to a client without a token
  if (status === 403)
    return new Refusal('protocol', `refused with 403, check ssh_mount_point: ${words}`)
  if (status === 404 && /namespace/.test(words))
    return new Refusal('protocol', `no such namespace, check namespace: ${words}`)
  if (status === 404)
    return new Refusal('protocol', `no SSH engine there, check ssh_mount_point: ${words}`)
  const exit = status === 429 || status >= 500 ? 'unavailable' : 'protocol'
  return new Refusal(exit, `unexpected status ${status}: ${words}`)
}

/** A refusal that is not signed denies as well, but may be somebody else's. */
function deniedBy(
  refusal: VerifyRefusal,
  words: string,
  { request, signed }: Pick<AskOptions, 'request' | 'signed'>,
): Refusal {
  try {
    requireSigned(refusal, request, signed)
    return new Refusal('denied', words)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return new Refusal('denied', `${words} (${error.message})`)
  }
}

const within = (engine: Engine, error: unknown): unknown =>
  error instanceof Refusal ? new Refusal(error.exit, `${engine.name}: ${error.message}`) : error
