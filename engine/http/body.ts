import type { IncomingMessage } from 'node:http'
import { ApiError } from '../api/errors.ts'
import type { BodyShare } from './body-budget.ts'

/** The most bytes of a body. */
const LIMIT = 32 * 1024 * 1024
/** The most bytes of a body that are read: one that is too large is discarded, since many clients only read the answer after sending all of it. */
const MOST_READ = 2 * LIMIT
/**
 * The most bytes of a body without a valid token: a login, a verify or an unseal needs far less. They do not count against the budget for
 * bodies, so that large bodies cannot block logins.
 */
const UNAUTHENTICATED_LIMIT = 64 * 1024

/** What reading a body needs. */
export interface BodyReading {
  /** A share of the memory budget for bodies. */
  readonly share: BodyShare
  /** Whether the request has a valid token. Called once, and only if the body is large or slow. */
  readonly isKnown: () => Promise<boolean>
  /** Milliseconds in which a body without a valid token must arrive. */

  readonly bodyTimeout: number
}

/**
 * Reads the body of a request.
 * @throws {ApiError} too large, too slow, busy
 * @throws {Error} if the connection breaks before the end
 */
export async function readBody(message: IncomingMessage, reading: BodyReading): Promise<Buffer> {
  const { 'content-length': length, 'transfer-encoding': coding } = message.headers
  // RFC 9112 §6.3; such a message emits no events
  if (length === undefined && coding === undefined) return NOTHING
  return new BodyReader(message, reading).body
}

const NOTHING = Buffer.alloc(0)

class BodyReader {
  readonly body: Promise<Buffer>
  readonly #message: IncomingMessage
  readonly #reading: BodyReading
  readonly #resolve: (body: Buffer) => void
  readonly #reject: (error: unknown) => void
  readonly #chunks: Buffer[] = []
  #size = 0
  #limit = UNAUTHENTICATED_LIMIT
  #isKnown: Promise<boolean> | undefined
  #isUnauthenticated = false
  #checking: Promise<void> | undefined

  constructor(message: IncomingMessage, reading: BodyReading) {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
    this.body = promise
    this.#resolve = resolve
    this.#reject = reject
    this.#message = message
    this.#reading = reading
    // first process the data that arrived while the event loop was blocked
    const timer = setTimeout(() => setImmediate(() => void this.#timeOut()), reading.bodyTimeout)
    const onEnd = () => void this.#end()
    message.on('data', this.#receive).once('error', reject).once('end', onEnd)
    const settle = () => {
      clearTimeout(timer)
      // a connection references its last message, which must not reference a large body
      message.off('data', this.#receive).off('error', reject).off('end', onEnd)
    }
    promise.then(settle, settle)
    if (Number(message.headers['content-length'] ?? 0) > MOST_READ) this.#refuse(tooLarge())
  }

  readonly #receive = (chunk: Buffer) => {
    this.#size += chunk.length
    if (this.#size > MOST_READ) this.#refuse(tooLarge())
    else if (this.#size <= this.#limit) this.#keep(chunk)
    else if (this.#isUnauthenticated) this.#chunks.length = 0
    else this.#checking = this.#keepIfKnown(chunk)
  }

  #keep(chunk: Buffer): void {
    if (this.#size > UNAUTHENTICATED_LIMIT && !this.#reading.share.take(chunk.length))
      this.#refuse(busy())
    else this.#chunks.push(chunk)
  }

  /** Keeps bytes that need a valid token. */
  async #keepIfKnown(chunk: Buffer): Promise<void> {
    this.#message.pause()
    if (await this.#known()) this.#keep(chunk)
    else this.#chunks.length = 0
    this.#message.resume()
  }

  async #timeOut(): Promise<void> {
    if (await this.#known()) return
    this.#refuse(this.#size > this.#limit ? tooLarge() : tooSlow())
  }

  #known(): Promise<boolean> {
    this.#isKnown ??= this.#reading.isKnown().then(
      isKnown => {
        if (isKnown) this.#limit = LIMIT
        else this.#isUnauthenticated = true
        return isKnown
      },
      error => {
        this.#refuse(error)
        return false
      },
    )
    return this.#isKnown
  }

  async #end(): Promise<void> {
    // "end" is emitted even while the message is paused
    await this.#checking
    if (this.#size > this.#limit) this.#refuse(tooLarge())
    else this.#resolve(joined(this.#chunks))
  }

  #refuse(error: unknown): void {
    this.#message.off('data', this.#receive)
    this.#chunks.length = 0
    this.#reject(error)
  }
}

const tooLarge = () => new ApiError('too large', 'http: request body too large')
const tooSlow = () => new ApiError('too slow', 'the body of the request did not come in time')
const busy = () => new ApiError('busy', 'too many large requests at once')

const joined = (chunks: readonly Buffer[]) =>
  chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)
