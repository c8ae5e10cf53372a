import type { Counts } from '../metric/metrics.ts'

/** The requests that a worker sends to all others, and the type of each answer. */
export interface Questions {
  /** Its counts for the metrics. */
  readonly counts: Counts
  /** To seal; answered when it is sealed. */
  readonly seal: true
}

export type Question = keyof Questions

/** From the supervisor to a worker. */
export type ToWorker =
  | { readonly kind: 'reload' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'ask'; readonly id: number; readonly question: Question }
  | { readonly kind: 'answers'; readonly id: number; readonly answers: readonly unknown[] }

/** From a worker to the supervisor. */
export type ToSupervisor =
  /** It is listening. */
  | { readonly kind: 'ready'; readonly banner: string }
  /** With its own answer. */
  | {
      readonly kind: 'askOthers'
      readonly id: number
      readonly question: Question
      readonly own: unknown
    }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: unknown }

/** Environment variables with the number of a worker, and whether the node was sealed by an operator. */
export const NUMBER = 'POSTERN_WORKER'
export const SEALED = 'POSTERN_WORKER_SEALED'
