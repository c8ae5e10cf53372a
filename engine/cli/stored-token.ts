import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs'
import { systemReason } from '../../shared/system-reason.ts'
import { Failure } from './failure.ts'
import { system } from './system.ts'

/** The token in the token file. */
export interface StoredToken {
  readonly text: string
  /** Whether other users can read it. */
  readonly exposed: boolean
}

/**
 * Reads the token file of `login`; `undefined` without one. Another user who can write it could make this user act with a token of theirs.
 * @throws {Failure} unless it is a regular file of this user or root that no other user can write
 */
export function readStoredToken(path: string): StoredToken | undefined {
  const file = open(path)
  if (file === undefined) return undefined
  try {
    const stats = fstatSync(file)
    const wrong = faultOf(stats)
    if (wrong !== undefined) throw new Failure(`${path}, where the token is kept, ${wrong}`)
    return {
      text: readFileSync(file, 'utf8').trim(),
      exposed: system.hasOwners && (stats.mode & 0o044) !== 0,
    }
  } finally {
    closeSync(file)
  }
}

function open(path: string): number | undefined {
  try {
    // O_NONBLOCK: opening a named pipe would wait for a writer
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new Failure(`failed to read the stored token: ${path}: ${systemReason(error)}`)
  }
}

function faultOf(stats: Stats): string | undefined {
  const { uid, gid, mode } = stats
  const self = process.geteuid?.()
  if (!stats.isFile()) return 'is not a regular file: remove it, and log in again'
  if (!system.hasOwners) return undefined
  if (uid !== self && uid !== 0) return `belongs to another user (uid ${uid}): log in again`
  // Debian gives each user a group of the same id
  const others = uid !== 0 && gid === uid ? 0o002 : 0o022
  return (mode & others) === 0
    ? undefined
    : 'can be changed by other users: remove it, and log in again'
}
