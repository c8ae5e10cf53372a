import type { Counts } from '../metric/metrics.ts'

/** What one worker asks of all others, and what each of them answers. */
export interface Questions {
  /** What it has counted for the metrics. */
  readonly counts: Counts
  /** To seal itself; answered when it is sealed. */
  readonly seal: true
}

export type Question = keyof Questions

/** From the process that supervises to a worker. */
export type ToWorker =
  | { readonly kind: 'reload' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'ask'; readonly id: number; readonly question: Question }
  | { readonly kind: 'answers'; readonly id: number; readonly answers: readonly unknown[] }

/** From a worker to the process that supervises. */
export type ToSupervisor =
  /** It listens; with what a person should see of that. */
  | { readonly kind: 'ready'; readonly banner: string }
  /** With what it would answer itself. */
  | {
      readonly kind: 'askOthers'
      readonly id: number
      readonly question: Question
      readonly own: unknown
    }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: unknown }

/** Variables that tell a worker its number, and that the others are sealed by hand. */
export const NUMBER = 'POSTERN_WORKER'
export const SEALED = 'POSTERN_WORKER_SEALED'
