interface Refusal {
  readonly method: string
  readonly url: URL
  readonly status: number
  /** Absent if the answer was not one of this API. */
  readonly errors: readonly string[] | undefined
  readonly text: string
  /** What to do about it. */
  readonly advice: string | undefined
}

/** The server refused a request. The message has the layout of Vault's clients, which scripts match. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  readonly status: number
  readonly errors: readonly string[]
  /** What to do about it, which is also part of the message. */
  readonly advice: string | undefined

  constructor({ method, url, status, errors, text, advice }: Refusal) {
    const heading = errors ? 'Errors' : 'Raw Message'
    const lines = errors ? errors.map(error => `* ${error}`).join('\n') : text.slice(0, 2000)
    super(
      `Error making API request.\n\nURL: ${method} ${shownUrl(url)}\nCode: ${status}. ${heading}:\n\n${advice ? `${lines.trimEnd()}\n\n${advice}` : lines}`,
    )
    this.status = status
    this.errors = errors ?? []
    this.advice = advice
  }
}

/** The address of a request without its query parameters, which may be secret. */
export const shownUrl = ({ origin, pathname, searchParams }: URL): string =>
  `${origin}${pathname}${searchParams.has('list') ? '?list=true' : ''}`
