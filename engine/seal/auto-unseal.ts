import { setTimeout } from 'node:timers/promises'
import type { Sealing } from './sealing.ts'

const INTERVAL = 1000

interface Log {
  warn(facts: object, message: string): void
}

/**
 * Unseals a server with seal keys as soon as the store can be read and has been initialized, possibly by another node. It does so once: a
 * server that is sealed by an operator stays sealed.
 */
export class AutoUnseal {
  readonly #stop = new AbortController()
  readonly #done: Promise<void>

  constructor(sealing: Sealing, log: Log) {
    this.#done = this.#loop(sealing, log)
  }

  async [Symbol.asyncDispose]() {
    this.#stop.abort()
    await this.#done
  }

  async #loop(sealing: Sealing, log: Log): Promise<void> {
    const { signal } = this.#stop
    while (sealing.sealed && !signal.aborted) {
      await setTimeout(INTERVAL, undefined, { signal, ref: false }).catch(() => undefined)
      if (signal.aborted) return
      try {
        await sealing.unsealAlone()
      } catch (error) {
        log.warn({ error }, 'could not unseal yet; it will be tried again')
      }
    }
  }
}
