import { Worker } from 'node:worker_threads'
import { ApiError } from '../../api/errors.ts'
import type { SearchJob, SearchOutcome } from './search-worker.ts'

/** Defined by the build: a program in a single file has no other file to start a thread from. */
declare const POSTERN_AUDIT_SEARCH_WORKER: string | undefined

/** Searches at the same time, of which all but one wait. */
const TOGETHER = 8

/** Milliseconds after which a search is given up. It takes a second at most; a disk may not answer. */
const TIMEOUT = 15_000

/** Milliseconds after the last search for which the thread is kept: it knows how far the logs have been verified. */
const IDLE = 600_000

/** Memory limits of the thread, in MiB. It reads a part of a log at a time. */
const MEMORY = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 32 }

/** Searches audit logs in a thread of their own, one after another. Disposing of it ends the thread. */
export class AuditSearch implements Disposable {
  #worker: Worker | undefined
  #waiting: PromiseWithResolvers<SearchOutcome>[] = []
  #idle: NodeJS.Timeout | undefined

  /** @throws {ApiError} busy, if too many search already, or the search takes too long */
  async search(job: SearchJob): Promise<SearchOutcome> {
    if (this.#waiting.length >= TOGETHER) throw busy('too many searches of audit logs at once')
    const outcome = Promise.withResolvers<SearchOutcome>()
    this.#waiting.push(outcome)
    clearTimeout(this.#idle)
    this.#worker ??= this.#start()
    this.#worker.postMessage(job)
    const timer = setTimeout(() => this[Symbol.dispose](), TIMEOUT * this.#waiting.length)
    try {
      return await outcome.promise
    } finally {
      clearTimeout(timer)
      if (this.#waiting.length === 0)
        this.#idle = setTimeout(() => this[Symbol.dispose](), IDLE).unref()
    }
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#idle)
    const [worker, waiting] = [this.#worker, this.#waiting]
    this.#worker = undefined
    this.#waiting = []
    void worker?.terminate()
    for (const { reject } of waiting) reject(busy('the search of the audit log was given up'))
  }

  #start(): Worker {
    const options = { env: {}, resourceLimits: MEMORY }
    const worker =
      typeof POSTERN_AUDIT_SEARCH_WORKER === 'undefined'
        ? new Worker(new URL('./search-worker.ts', import.meta.url), options)
        : new Worker(POSTERN_AUDIT_SEARCH_WORKER, { ...options, eval: true })
    worker.unref()
    worker.on('message', (outcome: SearchOutcome) => {
      // one that was ended may still have something to say
      if (this.#worker === worker) this.#waiting.shift()?.resolve(outcome)
    })
    // the next search starts another one
    const ended = () => {
      if (this.#worker === worker) this[Symbol.dispose]()
    }
    worker.on('error', ended)
    worker.once('exit', ended)
    return worker
  }
}

const busy = (what: string) =>
  new ApiError('busy', `${what}: try again in a moment`, { retryAfter: 1 })
