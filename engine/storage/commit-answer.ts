import type { GroupVerdict } from './grouped-commits.ts'
import { IS_MOVED } from './moved.ts'
import { type Batch, Conflict, StoreUnavailable } from './store.ts'

/** What the statement that makes a commit, or a group of them, returns. */
export interface CommitAnswer {
  /** Whether anything was made. */
  readonly good: boolean
  readonly moved: boolean
  /** Of a group, the numbers of those that were not made, with commas. */
  readonly refused?: string | null
}

export const MADE: CommitAnswer = { good: true, moved: false }

const CHANGED: CommitAnswer = { good: false, moved: false }

/** Stands for a commit that had no effect, and may be sent again. */
export const UNDONE: CommitAnswer = { good: false, moved: false }

/** The answer to one commit of a group, by the verdict about it. */
export const ANSWERS = { made: MADE, conflict: CHANGED, alone: UNDONE } as const

/** The number of a commit in its group; 0 is the receipt. */
export const numberOf = (batches: readonly Batch[], batch: Batch) => batches.indexOf(batch) + 1

/** The numbers of those that were refused, from such a list. */
export const refusedIn = (list: string | null | undefined): ReadonlySet<number> =>
  new Set(list?.split(',').filter(Boolean).map(Number))

/** What became of one commit of a group. */
export function groupVerdict(
  answer: CommitAnswer | undefined,
  batches: readonly Batch[],
  batch: Batch,
): GroupVerdict {
  const refused = refusedIn(answer?.refused)
  // nothing was judged: the storage has moved, or the receipt was of no use
  if (answer?.moved || refused.has(0)) return 'alone'
  if (refused.has(numberOf(batches, batch))) return 'conflict'
  return answer?.good ? 'made' : 'alone'
}

/** @throws {Conflict} or {StoreUnavailable} if the commit was refused */
export function requireMade(answer: CommitAnswer | undefined): void {
  if (answer?.moved) throw new StoreUnavailable(IS_MOVED)
  if (!answer?.good) throw new Conflict('something that was read has changed')
}
