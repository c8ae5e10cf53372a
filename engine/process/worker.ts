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

/** What a worker does when it is told to. */
export interface WorkerHandlers {
  readonly reload: () => void
  readonly stop: () => void
  readonly questions: {
    readonly [Q in Question]: () => Promise<Questions[Q]>
  }
}

/** Milliseconds until the others must have answered. The process that supervises needs less. */
const ANSWERS_TIMEOUT = 5000

/** This process, where it is one of several that are one node. Disposing of it lets the process end. */
export class Worker implements Disposable {
  /** From 1. Whoever takes the place of a worker that has died has its number. */
  readonly number: number
  /** The others have been sealed by hand, so this one must not unseal itself. */
  readonly staysSealed: boolean
  readonly #waiting = new Map<number, (answers: readonly unknown[]) => void>()
  #asked = 0

  /** Absent in a process that nobody supervises. */
  static current(environment = process.env): Worker | undefined {
    const number = Number(environment[NUMBER])
    if (!cluster.isWorker || !Number.isInteger(number)) return undefined
    return new Worker(number, environment[SEALED] !== undefined)
  }

  private constructor(number: number, staysSealed: boolean) {
    this.number = number
    this.staysSealed = staysSealed
  }

  /** Says that it listens, and does from now on what it is told; what it was told before this, too. */
  attend(banner: string, handlers: WorkerHandlers): void {
    process.on('message', message => this.#hear(message as ToWorker, handlers))
    send({ kind: 'ready', banner })
  }

  /**
   * What the others have counted, and those that have ended. The supervisor keeps what this one has, for when it ends.
   * @throws {ApiError} unavailable, if that cannot be found out
   */
  async counts(own: Counts): Promise<readonly Counts[]> {
    return (await this.#askOthers('counts', own)) as readonly Counts[]
  }

  /** Has the others sealed. One that cannot be is dead when this resolves. */
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
      // one that fails to answer is found late by the supervisor
      questions[question]().then(
        answer => send({ kind: 'answer', id, answer }),
        () => undefined,
      )
    }
  }
}

/** A supervisor that is gone ends this process by itself, so what cannot be said to it need not be. */
function send(message: ToSupervisor): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined)
}
