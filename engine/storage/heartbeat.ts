/** Milliseconds between two commits. */
const INTERVAL = 5000

interface Parts {
  /** Makes a commit that changes nothing, and waits for the standby as any other. */
  readonly commit: () => Promise<unknown>
  /** Called if that fails. */
  readonly failed: () => void
}

/**
 * Makes a commit from time to time. A primary whose standby was promoted answers reads as before; only its commits tell, as they wait for
 * ever. Without these, an engine that only reads would stay there, and accept tokens that were revoked at the new primary.
 */
export class Heartbeat implements Disposable {
  readonly #timer: NodeJS.Timeout
  #isPending = false
  #isStopped = false

  constructor(parts: Parts) {
    // jitter: nodes that were started together need not commit together
    const interval = INTERVAL * (0.8 + 0.2 * Math.random())
    this.#timer = setInterval(() => this.#beat(parts), interval).unref()
  }

  [Symbol.dispose]() {
    this.#isStopped = true
    clearInterval(this.#timer)
  }

  #beat({ commit, failed }: Parts): void {
    if (this.#isPending) return
    this.#isPending = true
    commit()
      .catch(() => this.#isStopped || failed())
      .finally(() => {
        this.#isPending = false
      })
  }
}
