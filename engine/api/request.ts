import type { Secret } from '../../shared/secret.ts'
import type { Event } from './event.ts'

/** What is asked of a path. `header` and `patch` exist to be refused properly. Contract §1.1. */
export type Operation = 'read' | 'list' | 'update' | 'delete' | 'patch' | 'header' | 'help'

/** One request, parsed but not yet believed. */
export interface Request {
  /** UUID, also the `request_id` of the reply. */
  readonly id: string
  readonly operation: Operation
  /** Without `/v1/` in front, decoded. */
  readonly path: string
  readonly token: Secret | undefined
  /** Body or query parameters. */
  readonly data: Readonly<Record<string, unknown>>
  readonly client: { readonly address: string; readonly port: number }
  /** What the caller names this request in its own log; at most 64 printable characters. */
  readonly correlation: string | undefined
  /** The header If-None-Match, as it is. */
  readonly ifNoneMatch?: string | undefined
  /** The values of a header, by its name in lower case, in the order in which they were sent. */
  readonly headers?: ((name: string) => readonly string[] | undefined) | undefined
  /** Seconds for which the reply is asked to be wrapped. */
  readonly wrapTtl: number | undefined
  /** Whether the client still waits for the answer, as far as can be told. */
  readonly isHeard?: (() => boolean) | undefined
}

/** A request of which the head has been read, and the rest only when somebody wants it. */
export interface Incoming extends Omit<Request, 'data'> {
  /**
   * Reads the rest. Much of it, or for long, is read only for those who are known: `isKnown` is then asked, once.
   * @throws {ApiError} too large, too slow, busy, or invalid for what is no data
   */
  read(isKnown: () => Promise<boolean>): Promise<Request>
}

/** What goes back. An object is sent as JSON, a text as `text/plain`, bytes as they are, nothing as an empty body. */
export interface Response {
  readonly status: number
  readonly body: object | string | undefined
  /** Sent besides the usual ones. */
  readonly headers?: Readonly<Record<string, string>>
  /** Worth counting; not sent. */
  readonly event?: Event
  /** Counts against the source of the request as a wrong password does; not sent. */
  readonly charged?: true
  /** Answers a health check, which is limited apart from all else; not sent. */
  readonly isProbe?: true
  /** Whoever asked brought no good token; not sent. */
  readonly toStranger?: true
}
