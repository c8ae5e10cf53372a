import { areOf, counted } from '../../shared/counted.ts'
import { NOTHING } from './chain.ts'
import type { Head } from './head.ts'

/** The lines before a run, as far as they are in the files. */
export interface Preceding {
  /** The run before. */
  readonly run:
    | { readonly hash: string; readonly unsigned: number; readonly closed: boolean }
    | undefined
  /** Hashes of all heads. */
  readonly heads: ReadonlySet<string>
}

/** The problem at the beginning of a run, if any, and notes. */
export interface OpeningCheck {
  readonly problem?: string | undefined
  readonly notes: readonly string[]
}

/** Compares the first head of a run with the lines before it. */
export function checkOpening(head: Head, before: Preceding): OpeningCheck {
  return { problem: problemOf(head, before), notes: notesOf(head, before).filter(Boolean) }
}

function problemOf({ after, follows }: Head, { run, heads }: Preceding): string | undefined {
  if (after === null)
    return 'the record of this log in the store had been deleted when this run began: lines may be missing'
  if (!run) return undefined
  if (isNamed(after) && !heads.has(after))
    return 'lines are missing before this run that the server had written: a power failure can cause that if the device does not have sync = true'
  if (follows !== undefined && follows !== run.hash)
    return 'lines are missing before this run: it follows a line that is not here'
  return undefined
}

const notesOf = (head: Head, before: Preceding): readonly string[] => [
  beginningNote(head, before),
  unsignedNote(head, before),
  memoryNote(head, before),
]

function beginningNote({ after, follows }: Head, { run, heads }: Preceding): string {
  if (isNamed(after) && !heads.has(after))
    return run ? '' : 'this run follows earlier lines that are not in these files'
  if (follows === run?.hash) return ''
  if (follows === undefined)
    return 'this run began in an empty file: whether the file before is complete is unknown'
  return run ? '' : 'this run follows an earlier line that is not in these files'
}

function unsignedNote({ follows }: Head, { run }: Preceding): string {
  if (!run || run.closed || run.unsigned === 0 || follows !== run.hash) return ''
  return `the last ${counted(run.unsigned, 'line')} before this run ${areOf(run.unsigned)} not signed, because the server was killed or could not write: anyone who could write to the file before this run began could have changed or inserted lines there`
}

function memoryNote({ after, elsewhere, follows }: Head, { heads }: Preceding): string {
  if (elsewhere !== undefined && !heads.has(elsewhere))
    return 'this server wrote to another file of this name before, and the end of that file is not in these files: the file has been replaced'
  if (follows !== undefined && after !== null && !isNamed(after))
    return 'the store had no record of this log when this run began: whether lines before it were cut off is unknown'
  return ''
}

const isNamed = (after: Head['after']): after is string =>
  typeof after === 'string' && after !== NOTHING
