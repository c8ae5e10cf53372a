import type { HttpRequest } from './http-request.ts'

/** What a server answered. */
export interface HttpReply {
  readonly status: number
  readonly location: string | undefined
  readonly bytes: Buffer
}

/** The connections to one server. Disposing of them aborts what is in progress. */
export interface Exchange extends AsyncDisposable {
  /** @param deadline milliseconds until the end of the reply */
  send(request: HttpRequest, url: URL, deadline: number): Promise<HttpReply>
}

/** Bytes; no response of the API comes near it. */
export const MAX_REPLY_BYTES = 32 * 1024 * 1024
