import type { Batch } from './store.ts'
import type { PendingOperation } from './wait-budget.ts'

/** Groups in flight. One waits for the disk while the other is made. */
const GROUPS = 2

/** The most commits of a group, and the most bytes of keys and values; a larger commit goes by itself. */
const COMMITS = 64
const BYTES = 1024 * 1024

/** What became of a commit of a group: it was made, something that it had read has changed, or it has to be tried alone. */
export type GroupVerdict = 'made' | 'conflict' | 'alone'

/**
 * Combines concurrent commits into groups that are sent as one, and in which each is judged for itself. All commits of the same turn of the
 * event loop, or that arrive while {@link GROUPS} groups are in flight, go together, as long as none writes what another reads or writes.
 */
export class GroupedCommits {
  readonly #make: Make
  #waiting: Waiting[] = []
  #groups = 0

  constructor(make: Make) {
    this.#make = make
  }

  /** Sends a commit with its group. If the group fails with an error, that is the error of each of its commits. */
  commit(batch: Batch, operation: PendingOperation): Promise<GroupVerdict> {
    const { promise, resolve, reject } = Promise.withResolvers<GroupVerdict>()
    this.#waiting.push({ batch, operation, resolve, reject })
    if (this.#groups < GROUPS && this.#waiting.length === 1) setImmediate(() => this.#next())
    return promise
  }

  async #next(): Promise<void> {
    if (this.#groups === GROUPS || this.#waiting.length === 0) return
    let group: Group | undefined
    const take = () => {
      group = this.#take()
      if (this.#waiting.length > 0) setImmediate(() => this.#next())
      return group.commits.map(({ batch }) => batch)
    }
    this.#groups++
    try {
      const verdictOf = await this.#make(take)
      for (const { batch, resolve } of group?.commits ?? []) resolve(verdictOf(batch))
    } catch (error) {
      if (!group) take()
      for (const { reject } of group?.commits ?? []) reject(error)
    } finally {
      this.#groups--
      this.#next()
    }
  }

  /** Takes the commits that can go together. One that concerns another is sent off to be tried alone, since waiting would only age it. */
  #take(): Group {
    const group = new Group()
    const left: Waiting[] = []
    for (const one of this.#waiting)
      if (group.isFullFor(one)) left.push(one)
      else if (one.operation.isGivenUp || !group.add(one)) one.resolve('alone')
    this.#waiting = left
    return group
  }
}

/**
 * Sends a group, and tells what became of each of its commits. It calls `take` once, when it can send the group: commits that are given up
 * until then are not in it, and it may be empty.
 */
type Make = (take: () => readonly Batch[]) => Promise<(batch: Batch) => GroupVerdict>

/** A commit that waits for its group. */
interface Waiting {
  readonly batch: Batch
  readonly operation: PendingOperation
  readonly resolve: (verdict: GroupVerdict) => void
  readonly reject: (error: unknown) => void
}

/** Commits of which none writes what another reads or writes. */
class Group {
  readonly commits: Waiting[] = []
  readonly #reads = new Set<string>()
  readonly #writes = new Set<string>()
  #bytes = 0

  isFullFor({ batch }: Waiting): boolean {
    const { length } = this.commits
    return length === COMMITS || (length > 0 && this.#bytes + sizeOf(batch) > BYTES)
  }

  /** Adds a commit and returns true, or returns false if it concerns one of those before. */
  add(one: Waiting): boolean {
    const { reads, writes } = one.batch
    if (!this.#goesWith(one.batch)) return false
    this.commits.push(one)
    this.#bytes += sizeOf(one.batch)
    for (const key of reads.keys()) this.#reads.add(key)
    for (const key of writes.keys()) this.#writes.add(key)
    return true
  }

  #goesWith({ reads, writes }: Batch): boolean {
    for (const key of reads.keys()) if (this.#writes.has(key)) return false
    for (const key of writes.keys()) if (this.#reads.has(key) || this.#writes.has(key)) return false
    return true
  }
}

function sizeOf({ reads, writes }: Batch): number {
  let bytes = 0
  for (const key of reads.keys()) bytes += key.length
  for (const [key, value] of writes) bytes += key.length + (value?.length ?? 0)
  return bytes
}
