import type { Secret } from '../../shared/secret.ts'
import type { Event } from './event.ts'

/** The operation on a path. `header` (HEAD) and `patch` exist only to be refused with the right error. Contract §1.1. */
export type Operation = 'read' | 'list' | 'update' | 'delete' | 'patch' | 'header' | 'help'

/** A parsed request, not yet authenticated. */
export interface Request {
  /** UUID, also the `request_id` of the reply. */
  readonly id: string
  readonly operation: Operation
  /** Without the leading `/v1/`, decoded. */
  readonly path: string
  readonly token: Secret | undefined
  /** Body or query parameters. */
  readonly data: Readonly<Record<string, unknown>>
  readonly client: { readonly address: string; readonly port: number }
  /** The client's own id for this request; at most 64 printable characters. */
  readonly correlation: string | undefined
  /** The header If-None-Match, as it is. */
  readonly ifNoneMatch?: string | undefined
  /** The values of a header, by its name in lower case, in the order sent. */
  readonly headers?: ((name: string) => readonly string[] | undefined) | undefined
  /** Which the answer is to be signed for: 1 to 128 printable characters. */
  readonly nonce?: string | undefined
  /** The signature of a host, not verified. */
  readonly signedBy?: SignedBy | undefined
  /** Seconds: the lifetime of the wrapping token, if the client wants the response wrapped. */
  readonly wrapTtl: number | undefined
  /** Whether the client is still connected, as far as is known. */
  readonly isHeard?: (() => boolean) | undefined
}

/** The signature that a request carries, of a host that it names. Nothing of it has been verified. */
export interface SignedBy {
  readonly host: string
  /** Texts as they were sent; empty if they were not. */
  readonly time: string
  readonly nonce: string
  readonly report: string
  /** Base64. */
  readonly signature: string
  /** The verb of HTTP. */
  readonly method: string
  /** SHA-256 of the bytes of the body, in hexadecimal. */
  readonly bodyDigest: string
}

/** A request whose header has been read, but not yet its body. */
export interface Incoming extends Omit<Request, 'data'> {
  /**
   * Reads the body. A large or slow one is read only for a client with a valid token; `isKnown` is called for it, once.
   * @throws {ApiError} too large, too slow, busy, or invalid for a body that is not JSON
   */
  read(isKnown: () => Promise<boolean>): Promise<Request>
}

/** An HTTP response. An object is sent as JSON, text as `text/plain`, bytes as they are, undefined as an empty body. */
export interface Response {
  readonly status: number
  readonly body: object | string | undefined
  /** Headers besides the usual ones. */
  readonly headers?: Readonly<Record<string, string>>
  /** Counted in the metrics; not sent. */
  readonly event?: Event
  /** Counts against the client's network as a wrong password does; not sent. */
  readonly charged?: true
  /** Answers a health check, which has a rate limit of its own; not sent. */
  readonly isProbe?: true
  /** The client had no valid token; not sent. */
  readonly toStranger?: true
}
