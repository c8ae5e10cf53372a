import { StoreUnavailable } from './store.ts'

/** Reasons in plain words, by SQLite's primary result codes. https://www.sqlite.org/rescode.html */
const REASONS: Readonly<Record<number, string>> = {
  [-1]: 'its file has been moved, replaced or truncated: restore it, or stop the engine',
  5: 'another process has held its lock for too long',
  6: 'another process has held its lock for too long',
  7: 'there is no memory left',
  8: 'its file is read-only',
  10: 'its disk has an I/O error',
  11: 'its file is damaged',
  13: 'its disk is full',
  14: 'its file cannot be opened',
  26: 'its file is not a database',
}

const BUSY = [5, 6]
const DAMAGED = [11, 26]

/** A problem that SQLite itself does not detect: its file was moved, replaced or truncated. */
export const GONE: SqliteProblem = {
  code: -1,
  message: 'the file was moved, replaced or truncated',
}

/** An error of SQLite, in a form that can be sent between threads. */
export interface SqliteProblem {
  readonly code: number
  readonly message: string
}

/** The error of SQLite. Any other error is a bug, and is thrown again. */
export function problemOf(error: unknown): SqliteProblem {
  const { code, errcode, errstr } = error as Partial<SqliteError>
  if (code !== 'ERR_SQLITE_ERROR' || errcode === undefined) throw error
  // the extended codes have the primary one in their lowest byte
  return { code: errcode & 0xff, message: `${errstr} (${errcode})` }
}

/** An error as `node:sqlite` throws it. */
interface SqliteError {
  readonly code: string
  readonly errcode: number
  readonly errstr: string
}

/** Whether the file that was read is damaged. */
export const isDamaged = ({ code }: SqliteProblem): boolean => DAMAGED.includes(code)

export const isBusy = ({ code }: SqliteProblem): boolean => BUSY.includes(code)

/** Why the store cannot be used, for messages. */
export const reasonOf = ({ code, message }: SqliteProblem): string => REASONS[code] ?? message

/** The error of the store for a problem. */
export const unavailable = (problem: SqliteProblem): StoreUnavailable =>
  new StoreUnavailable(`the storage cannot be used: ${reasonOf(problem)}`, {
    cause: new Error(`SQLite: ${problem.message}`),
  })
