import { areOf, counted } from '../../shared/counted.ts'
import { NOTHING } from './chain.ts'
import type { Head } from './head.ts'

/** What stands before a run, as far as it is in the files. */
export interface Preceding {
  /** The run before. */
  readonly run:
    | { readonly hash: string; readonly unsigned: number; readonly closed: boolean }
    | undefined
  /** Hashes of all heads. */
  readonly heads: ReadonlySet<string>
}

/** What is wrong where a run begins, and what else is worth knowing. */
export interface OpeningCheck {
  readonly problem?: string | undefined
  readonly notes: readonly string[]
}

/** Compares what the first head of a run says with what stands before it. */
export function checkOpening(head: Head, before: Preceding): OpeningCheck {
  return { problem: problemOf(head, before), notes: notesOf(head, before).filter(Boolean) }
}

function problemOf({ after, follows }: Head, { run, heads }: Preceding): string | undefined {
  if (after === null)
    return 'what the store remembered of this log was gone when this run began: it has been taken away, and lines may be missing'
  if (!run) return undefined
  if (isNamed(after) && !heads.has(after))
    return 'lines are missing before this run, which the server knew to be there: a loss of power can do that where the device has not sync = true'
  if (follows !== undefined && follows !== run.hash)
    return 'lines are missing before this run: it began behind a line that is not here'
  return undefined
}

const notesOf = (head: Head, before: Preceding): readonly string[] => [
  beginningNote(head, before),
  unsignedNote(head, before),
  memoryNote(head, before),
]

function beginningNote({ after, follows }: Head, { run, heads }: Preceding): string {
  if (isNamed(after) && !heads.has(after))
    return run ? '' : 'this run began behind earlier lines, which are not in these files'
  if (follows === run?.hash) return ''
  if (follows === undefined)
    return 'this run began in an empty file: whether the file before is complete cannot be told'
  return run ? '' : 'this run began behind an earlier line, which is not in these files'
}

function unsignedNote({ follows }: Head, { run }: Preceding): string {
  if (!run || run.closed || run.unsigned === 0 || follows !== run.hash) return ''
  return `the last ${counted(run.unsigned, 'line')} before this run ${areOf(run.unsigned)} not signed, since the server was stopped by force, or could not write: whoever could write to the file until this run began could have changed or put in what stands there`
}

function memoryNote({ after, elsewhere, follows }: Head, { heads }: Preceding): string {
  if (elsewhere !== undefined && !heads.has(elsewhere))
    return 'this server wrote to another file of this name before, whose end is not in these files: the file has been replaced'
  if (follows !== undefined && after !== null && !isNamed(after))
    return 'nothing was remembered of this log when this run began: whether lines before it were cut off cannot be told'
  return ''
}

const isNamed = (after: Head['after']): after is string =>
  typeof after === 'string' && after !== NOTHING
