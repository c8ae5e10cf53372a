import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import type { Counts } from '../metric/metrics.ts'
import {
  NUMBER,
  type Question,
  SEALED,
  type ToSupervisor,
  type ToWorker,
} from './worker-message.ts'

/** Milliseconds that a worker must have served before its backoff is reset. */
const STABLE_AFTER = 10_000

/** Milliseconds until a worker that has died is restarted: exponential backoff. */
const [MIN_BACKOFF, MAX_BACKOFF] = [100, 10_000]

/** Milliseconds for a worker to answer, and to stop. */
const ANSWER_TIMEOUT = 2000
const STOP_TIMEOUT = 15_000

/** How a worker exited. */
export interface Ending {
  readonly number: number
  readonly pid: number | undefined
  readonly code: number | undefined
  readonly signal: string | undefined
}

interface Owner {
  readonly ready: (banner: string) => void
  readonly ended: (ending: Ending) => void
  /** Called with the last known counts of a worker that has exited. */
  readonly counted: (counts: Counts) => void
  /** Called when a worker asks all others. */
  readonly asks: (slot: WorkerSlot, id: number, question: Question) => void
  readonly staysSealed: () => boolean
}

/** Runs one worker, and restarts it when it dies. */
export class WorkerSlot {
  readonly number: number
  readonly #owner: Owner
  readonly #waiting = new Map<number, (answer: unknown) => void>()
  readonly #last = new Map<Question, unknown>()
  #worker: Worker | undefined
  /** Consecutive deaths, each before {@link STABLE_AFTER}. */
  #deaths = 0
  #stable: NodeJS.Timeout | undefined
  #restart: NodeJS.Timeout | undefined
  #isStopping = false
  #asked = 0

  constructor(number: number, owner: Owner) {
    this.number = number
    this.#owner = owner
  }

  get deaths(): number {
    return this.#deaths
  }

  start(): void {
    const worker = cluster.fork({
      [NUMBER]: String(this.number),
      ...(this.#owner.staysSealed() && { [SEALED]: '1' }),
    })
    this.#worker = worker
    worker.on('message', (message: ToSupervisor) => this.#hear(message))
    worker.once('exit', (code, signal) => this.#ended(worker, code ?? undefined, signal))
    worker.on('error', () => {
      // a process that could not be started never exits
      if (worker.process.pid === undefined) this.#ended(worker, undefined, undefined)
    })
  }

  tell(message: ToWorker): void {
    // a lost message does not matter: its successor starts fresh
    if (this.#worker?.isConnected()) this.#worker.process.send(message, () => undefined)
  }

  /** The answer of the worker; its last one if it does not answer in time; `undefined` if there is no worker. */
  ask(question: Question): Promise<unknown> {
    const worker = this.#worker
    if (!worker) return Promise.resolve(undefined)
    const id = ++this.#asked
    const { promise, resolve } = Promise.withResolvers<unknown>()
    this.#waiting.set(id, answer => {
      this.#last.set(question, answer)
      resolve(answer)
    })
    const late = setTimeout(() => {
      // a worker that does not seal must not continue
      if (question === 'seal') worker.process.kill('SIGKILL')
      resolve(this.#last.get(question))
    }, ANSWER_TIMEOUT)
    worker.once('exit', () => resolve(undefined))
    this.tell({ kind: 'ask', id, question })
    return promise.finally(() => {
      clearTimeout(late)
      this.#waiting.delete(id)
    })
  }

  /** Stops the worker, and kills it after a timeout; none is started after it. Gives its exit code. */
  async stop(): Promise<number> {
    this.#isStopping = true
    clearTimeout(this.#restart)
    const worker = this.#worker
    if (!worker) return 0
    const ended = once(worker, 'exit')
    this.tell({ kind: 'stop' })
    const late = setTimeout(() => worker.process.kill('SIGKILL'), STOP_TIMEOUT)
    const [code] = await ended
    clearTimeout(late)
    return code ?? 1
  }

  #hear(message: ToSupervisor): void {
    if (message.kind === 'answer') this.#waiting.get(message.id)?.(message.answer)
    else if (message.kind === 'askOthers') {
      this.#last.set(message.question, message.own)
      this.#owner.asks(this, message.id, message.question)
    } else {
      this.#stable = setTimeout(() => {
        this.#deaths = 0
      }, STABLE_AFTER)
      this.#owner.ready(message.banner)
    }
  }

  #ended(worker: Worker, code: number | undefined, signal: string | undefined): void {
    clearTimeout(this.#stable)
    this.#worker = undefined
    const counts = this.#last.get('counts')
    this.#last.clear()
    // the answer to 'counts' is of this type
    if (counts !== undefined) this.#owner.counted(counts as Counts)
    if (this.#isStopping) return
    this.#deaths++
    this.#restart = setTimeout(
      () => this.start(),
      Math.min(MIN_BACKOFF * 2 ** (this.#deaths - 1), MAX_BACKOFF),
    )
    const { number } = this
    this.#owner.ended({ number, pid: worker.process.pid, code, signal: signal ?? undefined })
  }
}
