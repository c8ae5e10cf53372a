import { Failure } from '../failure.ts'
import { type Fault, readOwnFile } from './own-file.ts'

/** The token in the token file. */
interface StoredToken {
  readonly text: string
  /** Whether other users can read it. */
  readonly exposed: boolean
}

/**
 * Reads the token file of `login`; `undefined` without one. Another user who can write it could make this user act with a token of theirs.
 * @throws {Failure} unless it is a regular file of this user or root that no other user can write
 */
export function readStoredToken(path: string): StoredToken | undefined {
  const file = readOwnFile(path, 'the stored token')
  if (file?.fault === undefined) return file
  const { text, kind } = file.fault
  throw new Failure(`${path}, where the token is kept, ${text}: ${REMEDIES[kind]}`)
}

const REMEDIES: Readonly<Record<Fault['kind'], string>> = {
  irregular: 'remove it, and log in again',
  foreign: 'log in again',
  writable: 'remove it, and log in again',
}
