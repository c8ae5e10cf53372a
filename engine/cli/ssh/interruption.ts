import type { ChildProcess } from 'node:child_process'
import { constants } from 'node:os'
import { Failure } from '../failure.ts'

/** Signals that the terminal sends to ssh as well: what to do is for ssh to say. */
const LEFT_TO_SSH = ['SIGINT', 'SIGQUIT'] as const
/** Signals that only we get. */
const PASSED_ON = ['SIGTERM', 'SIGHUP'] as const
const SIGNALS = [...LEFT_TO_SSH, ...PASSED_ON]

/** Milliseconds in which a signal is the same one, from the terminal and from a program in between. */
const SAME_SIGNAL = 500

/**
 * Heeds signals in place of the system, from before there is a credential until it has been taken back: the first one ends what is under
 * way, and the same one again the process: who logs out sends several. While ssh runs, it is ssh that they end.
 */
export class Interruption implements Disposable {
  readonly #stop = new AbortController()
  /** When each was heard first, by the monotonic clock. */
  readonly #received = new Map<string, number>()
  #ssh: ChildProcess | undefined

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.#handle)
  }

  /** Aborts, with a {@link Failure} for its reason, when it is time to stop. */
  get signal(): AbortSignal {
    return this.#stop.signal
  }

  /** What `work` gives, unless it is time to stop: for work that leaves nothing behind. */
  async unlessStopped<T>(work: () => Promise<T>): Promise<T> {
    this.signal.throwIfAborted()
    const stopped = Promise.withResolvers<never>()
    const stop = () => stopped.reject(this.signal.reason)
    this.signal.addEventListener('abort', stop)
    try {
      return await Promise.race([work(), stopped.promise])
    } finally {
      this.signal.removeEventListener('abort', stop)
    }
  }

  /** Passes signals on to ssh from now on, until this is disposed of. */
  passOnTo(ssh: ChildProcess): Disposable {
    this.#ssh = ssh
    return {
      [Symbol.dispose]: () => {
        this.#ssh = undefined
      },
    }
  }

  [Symbol.dispose](): void {
    for (const signal of SIGNALS) process.off(signal, this.#handle)
  }

  readonly #handle = (signal: (typeof SIGNALS)[number]): void => {
    if (this.#ssh) {
      if (PASSED_ON.some(each => each === signal)) this.#ssh.kill(signal)
      return
    }
    const code = 128 + constants.signals[signal]
    const before = this.#received.get(signal)
    if (before !== undefined && performance.now() - before > SAME_SIGNAL) process.exit(code)
    if (before === undefined) this.#received.set(signal, performance.now())
    if (!this.signal.aborted) this.#stop.abort(new Failure(`stopped by ${signal}`, code))
  }
}
