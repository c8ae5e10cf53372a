import { StoreUnavailable } from './store.ts'

/** What a program that uses SQLite may meet, by SQLite's primary result codes. https://www.sqlite.org/rescode.html */
const REASONS: Readonly<Record<number, string>> = {
  [-1]: 'its file has been moved away, replaced or cut: put it back, or stop the engine',
  5: 'another process has held its lock for too long',
  6: 'another process has held its lock for too long',
  7: 'there is no memory left',
  8: 'its file can only be read',
  10: 'its disk fails',
  11: 'its file is damaged',
  13: 'its disk is full',
  14: 'its file cannot be opened',
  26: 'its file is not a database',
}

const BUSY = [5, 6]
const DAMAGED = [11, 26]

/** Ours, where SQLite itself sees nothing wrong: the file that it writes has no name any more. */
export const GONE: SqliteProblem = { code: -1, message: 'the file was moved away, replaced or cut' }

/** What SQLite said, in a form that passes from thread to thread. */
export interface SqliteProblem {
  readonly code: number
  readonly message: string
}

/** What SQLite said. Anything else that is thrown is a bug, and is thrown on. */
export function problemOf(error: unknown): SqliteProblem {
  const { code, errcode, errstr } = error as Partial<SqliteError>
  if (code !== 'ERR_SQLITE_ERROR' || errcode === undefined) throw error
  // the extended codes have the primary one in their lowest byte
  return { code: errcode & 0xff, message: `${errstr} (${errcode})` }
}

/** What `node:sqlite` throws. */
interface SqliteError {
  readonly code: string
  readonly errcode: number
  readonly errstr: string
}

/** Whether it is the file that is read which is at fault. */
export const isDamaged = ({ code }: SqliteProblem): boolean => DAMAGED.includes(code)

export const isBusy = ({ code }: SqliteProblem): boolean => BUSY.includes(code)

/** Why the store cannot be used, in a few words for people. */
export const reasonOf = ({ code, message }: SqliteProblem): string => REASONS[code] ?? message

/** The problem as those who use the store see it. */
export const unavailable = (problem: SqliteProblem): StoreUnavailable =>
  new StoreUnavailable(`the storage cannot be used: ${reasonOf(problem)}`, {
    cause: new Error(`SQLite: ${problem.message}`),
  })
