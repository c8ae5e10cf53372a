import cluster from 'node:cluster'
import { ApiError } from '../api/errors.ts'
import type { Counts } from '../metric/metrics.ts'
import {
  NUMBER,
  type Question,
  type Questions,
  SEALED,
  type ToSupervisor,
  type ToWorker,
} from './worker-message.ts'

/** How a worker handles the messages of the supervisor. */
export interface WorkerHandlers {
  readonly reload: () => void
  readonly stop: () => void
  readonly questions: {
    readonly [Q in Question]: () => Promise<Questions[Q]>
  }
}

/** Milliseconds for the answers of the others; longer than the timeouts of the supervisor. */
const ANSWERS_TIMEOUT = 5000

/** This process as one of the workers of a node. Disposing of it disconnects it, so that it can exit. */
export class Worker implements Disposable {
  /** From 1. The successor of a worker that has died has the same number. */
  readonly number: number
  /** The node was sealed by an operator, so this worker must not auto-unseal. */
  readonly staysSealed: boolean
  readonly #waiting = new Map<number, (answers: readonly unknown[]) => void>()
  #asked = 0

  /** `undefined` in a process without a supervisor. */
  static current(environment = process.env): Worker | undefined {
    const number = Number(environment[NUMBER])
    if (!cluster.isWorker || !Number.isInteger(number)) return undefined
    return new Worker(number, environment[SEALED] !== undefined)
  }

  private constructor(number: number, staysSealed: boolean) {
    this.number = number
    this.staysSealed = staysSealed
  }

  /** Reports that it is listening, and handles messages from now on, including those received before. */
  attend(banner: string, handlers: WorkerHandlers): void {
    process.on('message', message => this.#hear(message as ToWorker, handlers))
    send({ kind: 'ready', banner })
  }

  /**
   * The counts of the other workers, and of those that have exited. The supervisor keeps `own`, for when this one exits.
   * @throws {ApiError} unavailable, if the others do not answer
   */
  async counts(own: Counts): Promise<readonly Counts[]> {
    return (await this.#askOthers('counts', own)) as readonly Counts[]
  }

  /** Seals the other workers. One that does not seal has been killed when this resolves. */
  async sealOthers(): Promise<void> {
    await this.#askOthers('seal', true)
  }

  [Symbol.dispose](): void {
    cluster.worker?.disconnect()
  }

  #askOthers<Q extends Question>(question: Q, own: Questions[Q]): Promise<readonly unknown[]> {
    const id = ++this.#asked
    const { promise, resolve, reject } = Promise.withResolvers<readonly unknown[]>()
    this.#waiting.set(id, resolve)
    const late = setTimeout(
      () => reject(new ApiError('unavailable', 'the other workers do not answer')),
      ANSWERS_TIMEOUT,
    )
    send({ kind: 'askOthers', id, question, own })
    return promise.finally(() => {
      clearTimeout(late)
      this.#waiting.delete(id)
    })
  }

  #hear(message: ToWorker, { reload, stop, questions }: WorkerHandlers): void {
    if (message.kind === 'reload') reload()
    else if (message.kind === 'stop') stop()
    else if (message.kind === 'answers') this.#waiting.get(message.id)?.(message.answers)
    else {
      const { id, question } = message
      // without an answer, the supervisor runs into its timeout
      questions[question]().then(
        answer => send({ kind: 'answer', id, answer }),
        () => undefined,
      )
    }
  }
}

/** Errors are ignored: without its supervisor, this process ends anyway. */
function send(message: ToSupervisor): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined)
}
