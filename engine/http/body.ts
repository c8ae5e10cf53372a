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
const STRANGERS = 64 * 1024

/** The means to read a body. */
export interface BodyReading {
  /** A share of the memory budget for bodies. */
  readonly share: BodyShare
  /** Whether the request has a valid token. Called once, and only if the body is large or slow. */
  readonly isKnown: () => Promise<boolean>
  /** Milliseconds in which a body without a valid token must arrive. */

  readonly bodyTimeout: number
}

/**
 * All of a request's body.
 * @throws {ApiError} too large, too slow, busy
 * @throws {Error} if the connection breaks before the end
 */
export const readBody = (message: IncomingMessage, means: BodyReading): Promise<Buffer> =>
  new BodyReader(message, means).body

class BodyReader {
  readonly body: Promise<Buffer>
  readonly #message: IncomingMessage
  readonly #means: BodyReading
  readonly #resolve: (body: Buffer) => void
  readonly #reject: (error: unknown) => void
  readonly #chunks: Buffer[] = []
  #size = 0
  #limit = STRANGERS
  #isKnown: Promise<boolean> | undefined
  #isStranger = false
  #asking: Promise<void> | undefined

  constructor(message: IncomingMessage, means: BodyReading) {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
    this.body = promise
    this.#resolve = resolve
    this.#reject = reject
    this.#message = message
    this.#means = means
    // what has come in while the loop stood still is read first
    const timer = setTimeout(() => setImmediate(() => void this.#timeOut()), means.bodyTimeout)
    const onEnd = () => void this.#end()
    message.on('data', this.#receive).once('error', reject).once('end', onEnd)
    const settle = () => {
      clearTimeout(timer)
      // a connection keeps its last message, which must not keep a large body
      message.off('data', this.#receive).off('error', reject).off('end', onEnd)
    }
    promise.then(settle, settle)
    if (Number(message.headers['content-length'] ?? 0) > MOST_READ) this.#refuse(tooLarge())
  }

  readonly #receive = (chunk: Buffer) => {
    this.#size += chunk.length
    if (this.#size > MOST_READ) this.#refuse(tooLarge())
    else if (this.#size <= this.#limit) this.#keep(chunk)
    else if (this.#isStranger) this.#chunks.length = 0
    else this.#asking = this.#askFor(chunk)
  }

  #keep(chunk: Buffer): void {
    if (this.#size > STRANGERS && !this.#means.share.take(chunk.length)) this.#refuse(busy())
    else this.#chunks.push(chunk)
  }

  /** Keeps bytes that only those who are known may send. */
  async #askFor(chunk: Buffer): Promise<void> {
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
    this.#isKnown ??= this.#means.isKnown().then(
      isKnown => {
        if (isKnown) this.#limit = LIMIT
        else this.#isStranger = true
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
    // the end comes although the message is paused
    await this.#asking
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
