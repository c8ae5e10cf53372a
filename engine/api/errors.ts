import type { Event } from './event.ts'

/** The HTTP status of each code. */
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
  readonly beside?: Readonly<Record<string, string>>
  readonly lease?: string | undefined
}

/** A failure whose message is sent to the client. Any other error is a bug, and is answered without its message. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: Code
  /** Counted in the metrics. */
  readonly event: Event | undefined
  /** Seconds after which the client can retry, for a temporary failure. */
  readonly retryAfter: number | undefined
  /** Counts against the client's network as a wrong password does, because it uses too much. */
  readonly charged: boolean
  /** Keys of the body besides `errors`. */
  readonly beside: Readonly<Record<string, string>> | undefined
  /** The lease of the refused credential, for the audit log. */
  readonly lease: string | undefined

  /** An empty `message` becomes an empty list of errors. */
  constructor(code: Code, message = '', options?: Options) {
    super(message, options)
    this.code = code
    this.event = options?.event
    this.retryAfter = options?.retryAfter
    this.charged = options?.charged ?? false
    this.beside = options?.beside
    this.lease = options?.lease
  }
}

/** A failure of `hostEffect` that has changed nothing outside the store. */
export class Untouched extends ApiError {}

/** The message of a failure in the format of Vault's authenticated paths, which is that of Go's multierror. Contract §1.4. */
export const wrapped = (...messages: readonly [string, ...string[]]): string =>
  `${messages.length} ${messages.length === 1 ? 'error' : 'errors'} occurred:\n${messages.map(each => `\t* ${each}\n`).join('')}\n`
