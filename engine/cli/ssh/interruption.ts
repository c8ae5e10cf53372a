import type { ChildProcess } from 'node:child_process'
import { constants } from 'node:os'
import { Failure } from '../failure.ts'

/** Signals that the terminal also sends to ssh, which decides what to do. */
const LEFT_TO_SSH = ['SIGINT', 'SIGQUIT'] as const
/** Signals that only this process receives. */
const PASSED_ON = ['SIGTERM', 'SIGHUP'] as const
const SIGNALS = [...LEFT_TO_SSH, ...PASSED_ON]

/** Milliseconds within which a repeated signal is the same one, sent by the terminal and by a parent process. */
const SAME_SIGNAL = 500

/**
 * Handles signals from before a credential is requested until it has been revoked. The first signal aborts what is in progress; the same
 * signal again ends the process. While ssh runs, signals are for ssh.
 */
export class Interruption implements Disposable {
  readonly #stop = new AbortController()
  /** When each was received first, by the monotonic clock. */
  readonly #received = new Map<string, number>()
  #ssh: ChildProcess | undefined
  #toldSsh = false

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.#handle)
  }

  /** Aborts on the first signal, with a {@link Failure} as its reason. */
  get signal(): AbortSignal {
    return this.#stop.signal
  }

  /** Whether a signal came while ssh ran, and so may be why ssh has ended. */
  get toldSsh(): boolean {
    return this.#toldSsh
  }

  /** The result of `work`, unless a signal comes first. For work that needs no cleanup. */
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

  /** Forwards signals to ssh until the result is disposed of. */
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
      this.#toldSsh = true
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
