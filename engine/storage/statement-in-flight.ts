/** The server did not answer in time. */
export class Silence extends Error {
  override readonly name = 'Silence'
  override readonly message = 'the database does not answer'
}

/** Work that waits for a connection (`C`), or for its answer, whatever that is. */
export interface InFlight<C> {
  readonly client: C | undefined
  readonly isPending: boolean
  readonly answer: Promise<unknown>
  abandon(error: Error): void
}

/** The same, with an answer of type `T`. */
export class StatementInFlight<C, T> implements InFlight<C> {
  /** The connection on which it was sent; undefined if it was not. */
  client: C | undefined
  readonly #answer = Promise.withResolvers<T>()
  #isPending = true

  get isPending(): boolean {
    return this.#isPending
  }

  /** Resolves or rejects as the work does, or when it is abandoned. */
  get answer(): Promise<T> {
    return this.#answer.promise
  }

  /** Takes the outcome of the work, unless it has been abandoned by then. */
  settle(work: Promise<T>): void {
    const { resolve, reject } = this.#answer
    work.then(resolve, reject).finally(() => {
      this.#isPending = false
    })
  }

  /** Ends the wait with an error. */
  abandon(error: Error): void {
    this.#isPending = false
    this.#answer.reject(error)
  }
}
