import type { Event } from './event.ts'

/** Why a request failed, in terms the client may know. The HTTP status follows from the code. */
export const STATUS = {
  invalid: 400,
  denied: 403,
  missing: 404,
  unsupported: 405,
  'too slow': 408,
  'too large': 413,
  'wrong media type': 415,
  internal: 500,
  sealed: 503,
  busy: 503,
  unavailable: 503,
} as const

export type Code = keyof typeof STATUS

interface Options extends ErrorOptions {
  readonly event?: Event
  readonly retryAfter?: number
  readonly charged?: boolean
}

/** A failure whose message a client may see. Anything else that is thrown is a bug and stays inside. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: Code
  /** Worth counting. */
  readonly event: Event | undefined
  /** Seconds after which to try again, for a failure that passes. */
  readonly retryAfter: number | undefined
  /** The source of the request has more than its share, so this counts against it as a wrong password does. */
  readonly charged: boolean

  /** An empty `message` is answered as an empty list of errors. */
  constructor(code: Code, message = '', options?: Options) {
    super(message, options)
    this.code = code
    this.event = options?.event
    this.retryAfter = options?.retryAfter
    this.charged = options?.charged ?? false
  }
}

/** A failure of `Effects.hostEffect` that has changed nothing outside the store. */
export class Untouched extends ApiError {}

/** The text of a failure as Vault's authenticated paths give it: a list, mostly of one, in the layout of Go's multierror. Contract §1.4. */
export const wrapped = (...messages: readonly [string, ...string[]]): string =>
  `${messages.length} ${messages.length === 1 ? 'error' : 'errors'} occurred:\n${messages.map(each => `\t* ${each}\n`).join('')}\n`
